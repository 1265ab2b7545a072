/** Makes elements. Strings always become text nodes, so nothing that an agent wrote can become markup. */

interface Parts {
  readonly class?: string;
  readonly title?: string;
  readonly text?: string;
  readonly children?: readonly Node[];
}

export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  { class: className, title, text, children = [] }: Parts = {},
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  if (className !== undefined) made.className = className;
  if (title !== undefined) made.title = title;
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

/** Finds an element of the page's frame. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no element ${id}.`);
  return found;
}
