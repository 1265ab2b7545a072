/** The two files of Nunjucks that are used, which have no types of their own: the whole of it takes twice as long to load. */

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
