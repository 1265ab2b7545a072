/**
 * The prompt as it goes to stdin. CLIs take a prompt that starts with `/` for a command of their own, so such a
 * prompt gets a line in front.
 */
export const stdinPrompt = (prompt: string): string =>
  prompt.trimStart().startsWith("/") ? `Task:\n\n${prompt}` : prompt;
