import { effect, signal } from '@preact/signals';

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

/** Browsers refuse, or take for an attack, an address that changes many times a second: while something is dragged it follows, this often. */
const between = 300;
let pause: ReturnType<typeof setTimeout> | undefined;
let late: string | undefined;

/** Writes what the address bar does not say yet. */
function settle(): void {
  if (late !== undefined) history.replaceState(null, '', late);
  forget();
}

function forget(): void {
  clearTimeout(pause);
  [pause, late] = [undefined, undefined];
}

for (const moved of ['popstate', 'hashchange']) {
  addEventListener(moved, () => {
    forget(); // it belonged to where the page was
    address.value = read(location.hash);
  });
}
addEventListener('pagehide', settle);

/** The whole address of the page as it stands now. */
export function linkToHere(): string {
  settle();
  return location.href;
}

/** Where each view stood last in this visit: going back to one finds it as it was. */
const lastOf = new Map<string, string>();
effect(() => {
  lastOf.set(address.value.view, write(address.value));
});
export const linkToLast = (view: string): string => lastOf.get(view) ?? linkTo(view);

/**
 * Goes to an address.
 * @param step whether "back" comes to where the page was: not so while a slider is dragged
 */
export function goTo(to: Address, { step }: { readonly step: boolean }): void {
  const next = write(to);
  if (next === write(address.peek())) return;
  if (step) {
    settle();
    history.pushState(null, '', next);
  } else if (pause === undefined) {
    history.replaceState(null, '', next);
    pause = setTimeout(settle, between);
  } else late = next;
  address.value = to;
}

export const linkTo = (view: string): string => `#${view}`;
