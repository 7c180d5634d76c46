import { signal } from '@preact/signals';

/** What the part of the URL after `#` says: which view, and its state. No server sees it, and any static host serves it. */
export interface Address {
  readonly view: string;
  readonly fields: ReadonlyMap<string, string>;
}

const read = (hash: string): Address => {
  const [view = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  return { view, fields: new Map(new URLSearchParams(query)) };
};

const write = ({ view, fields }: Address): string => {
  const query = new URLSearchParams([...fields]).toString();
  return `#${view}${query === '' ? '' : `?${query}`}`;
};

export const address = signal(read(location.hash));

addEventListener('popstate', () => {
  address.value = read(location.hash);
});
addEventListener('hashchange', () => {
  address.value = read(location.hash);
});

/**
 * Goes to an address.
 * @param step whether "back" comes to where the page was: not so while a slider is dragged
 */
export function goTo(to: Address, { step }: { readonly step: boolean }): void {
  const next = write(to);
  if (next === location.hash) return;
  if (step) history.pushState(null, '', next);
  else history.replaceState(null, '', next);
  address.value = to;
}

export const linkTo = (view: string): string => `#${view}`;
