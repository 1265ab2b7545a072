/** Types for the two files of Nunjucks that we use; it ships none. Loading all of Nunjucks takes twice as long. */

interface NunjucksTokens {
  readonly lineno: number;
  readonly colno: number;
}

declare module "nunjucks/src/lexer.js" {
  const lexer: { lex(text: string, options: { readonly autoescape: false }): NunjucksTokens };
  export default lexer;
}

declare module "nunjucks/src/parser.js" {
  interface Parser {
    readonly tokens: NunjucksTokens;
    parseAsRoot(): unknown;
  }
  const parser: { readonly Parser: new (tokens: NunjucksTokens) => Parser };
  export default parser;
}
