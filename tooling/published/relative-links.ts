const targets = [/\]\(\s*<?([^)\s>]+)/g, /^\[[^\]]+\]:\s*<?([^\s>]+)/gm, /\b(?:href|src)="([^"]+)"/g];

/** What the links and images of a Markdown text lead to by a path, without what follows `#`; addresses and places in the text itself are left out. */
export const relativeLinks = (markdown: string): readonly string[] =>
  targets
    .flatMap((pattern) => [...markdown.matchAll(pattern)].map(([, target = '']) => target))
    .filter((target) => !/^([a-z][a-z+.-]*:|\/\/|#)/i.test(target))
    .map((target) => target.replace(/#.*$/, ''));
