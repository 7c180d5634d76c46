import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { address, goTo } from '../state/address.ts';

interface Station {
  /** The element with that `data-tour`. */
  readonly at: string;
  /** Where it stands, unless it stands everywhere: 'pattern' by default. */
  readonly view?: string;
  readonly title: string;
  readonly text: string;
}

const stations: readonly Station[] = [
  {
    at: 'expression',
    title: 'A pattern is an expression',
    text: 'Say which tokens may look at which: windows, global tokens, causality, joined by “and”, “or”, “not”. Type it, or use the chips.',
  },
  {
    at: 'picture',
    title: 'This is the whole square',
    text: 'A row for each token that looks, a column for each one that is looked at. Drag to move, turn the wheel to zoom, down to single pairs; hover a pair to see which part of the expression decides it.',
  },
  {
    at: 'cost',
    title: 'What it costs',
    text: 'The share of the square that is computed, operations and memory beside full attention, and the time on this device, which is measured and not guessed.',
  },
  {
    at: 'share',
    title: 'Take it away',
    text: 'The address of the page holds all that you set: send it. Or copy code that runs against the published packages, JSON, or a picture.',
  },
  {
    at: 'device',
    title: 'All of it happens here',
    text: 'The page computes on your device, in workers, and sends nothing anywhere. The other views train, time and open up the mechanisms in the same way.',
  },
  {
    at: 'ask',
    view: 'ask',
    title: 'Ask your own document',
    text: 'Drop a text, type a question, and see where it speaks of that: by meaning and by words. The first question fetches the model that reads, and says how large it is.',
  },
];

const place = 'longspan-toured';
const station = signal<number | undefined>(undefined);

export function startTour(): void {
  goTo({ view: 'pattern', fields: new Map() }, { step: true });
  station.value = 0;
}

/** The tour is offered at the first visit and does not begin by itself. */
const isFirstVisit = (): boolean => {
  try {
    return localStorage.getItem(place) === null;
  } catch {
    return false;
  }
};
const isOffered = signal(isFirstVisit());

function remember(): void {
  isOffered.value = false;
  try {
    localStorage.setItem(place, '1');
  } catch {
    // It is then offered again.
  }
}

/** Stands beside the title, where it covers nothing. */
export const TourOffer = () =>
  isOffered.value && station.value === undefined ? (
    <aside class="tour-offer" aria-label="Guided tour">
      <span>New here?</span>
      <button
        type="button"
        onClick={() => {
          remember();
          startTour();
        }}
      >
        Show me around, in two minutes
      </button>
      <button type="button" class="plain" onClick={remember}>
        No, thanks
      </button>
    </aside>
  ) : null;

/** Shows an element of the page, as soon as it is there: a view is loaded when it is opened. */
function whenThere(name: string, show: (target: Element) => void): () => void {
  const find = (): Element | null => document.querySelector(`[data-tour="${name}"]`);
  const watcher = new MutationObserver(() => {
    const target = find();
    if (target === null) return;
    watcher.disconnect();
    show(target);
  });
  const there = find();
  if (there === null) watcher.observe(document.body, { childList: true, subtree: true });
  else show(there);
  return () => {
    watcher.disconnect();
    for (const target of document.querySelectorAll('.toured')) target.classList.remove('toured');
  };
}

export function Tour() {
  const at = station.value;
  return at === undefined ? null : <TourStation key={at} at={at} />;
}

function TourStation({ at }: { readonly at: number }) {
  const box = useRef<HTMLDialogElement>(null);
  const now = stations[at] as Station;
  const isLast = at === stations.length - 1;
  useEffect(() => {
    const { view = 'pattern' } = now;
    if (address.peek().view !== view) goTo({ view, fields: new Map() }, { step: true });
    const forget = whenThere(now.at, (target) => {
      target.classList.add('toured');
      target.scrollIntoView({ block: 'center', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
    });
    box.current?.show();
    box.current?.querySelector<HTMLButtonElement>('.strong')?.focus({ preventScroll: true });
    return forget;
  }, [now]);
  return (
    <dialog
      ref={box}
      class="tour"
      aria-labelledby="tour-title"
      onKeyDown={(event) => {
        if (event.key === 'Escape') station.value = undefined;
      }}
    >
      <p class="tour-count">
        {at + 1} of {stations.length}
      </p>
      <h2 id="tour-title">{now.title}</h2>
      <p>{now.text}</p>
      <div class="row">
        {at > 0 && (
          <button type="button" class="plain" onClick={() => (station.value = at - 1)}>
            Back
          </button>
        )}
        <button type="button" class="strong" onClick={() => (station.value = isLast ? undefined : at + 1)}>
          {isLast ? 'Done' : 'Next'}
        </button>
        {!isLast && (
          <button type="button" class="plain" onClick={() => (station.value = undefined)}>
            End the tour
          </button>
        )}
      </div>
    </dialog>
  );
}
