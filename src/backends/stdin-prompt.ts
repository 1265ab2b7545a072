/**
 * The prompt for stdin. CLIs take a prompt that starts with `/` for one of their commands, so such a prompt gets a line
 * in front.
 */
export const stdinPrompt = (prompt: string): string =>
  prompt.trimStart().startsWith("/") ? `Task:\n\n${prompt}` : prompt;
