import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { copyLink, said } from '../controls/clipboard.ts';
import { address, linkTo, linkToLast } from '../state/address.ts';
import { Boundary } from './boundary.tsx';
import { DeviceBadge } from './device-badge.tsx';
import { offlineNote } from './keep-offline.ts';
import { nextTheme, theme } from './theme.ts';
import { startTour, Tour, TourOffer } from './tour.tsx';
import { type ViewEntry, views } from './views.ts';

const first = views[0] as ViewEntry;
const currentView = (): ViewEntry => views.find(({ id }) => id === address.value.view) ?? first;

type Loaded = { readonly id: string; readonly View: ComponentType } | { readonly id: string; readonly error: string };
const loaded = signal<Loaded | undefined>(undefined);

/** What has come while another view was chosen is not shown. */
function show(view: Loaded): void {
  if (currentView().id === view.id) loaded.value = view;
}

/** The page around the views: where one is, where one may go, what it computes on, and that nothing leaves it. */
export function App() {
  const view = currentView();
  const isUnknown = address.value.view !== '' && address.value.view !== view.id;
  useEffect(() => {
    document.title = `${view.title} · Longspan playground`;
    view.load().then(
      // In a task of its own: the view's modules take one to begin.
      ({ View }) => setTimeout(show, 0, { id: view.id, View }),
      () =>
        show({
          id: view.id,
          error: 'This part of the page could not be loaded. Is there a network? Load the page anew to try again.',
        }),
    );
  }, [view.id]);
  const now = loaded.value;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the view
      </button>
      <header class="bar">
        <a class="bar-name" href={linkTo(first.id)}>
          <img src="./icon.svg" alt="" width="26" height="26" />
          <span>Longspan</span>
        </a>
        <nav aria-label="Views" class="bar-views">
          {views.map(({ id, title, question }) => (
            <a key={id} href={linkToLast(id)} aria-current={id === view.id ? 'page' : undefined} title={question}>
              {title}
            </a>
          ))}
        </nav>
        <div class="bar-tools">
          <DeviceBadge />
          <button type="button" onClick={copyLink} title="Copies a link to all that is set here">
            Share
          </button>
          <button type="button" class="plain" onClick={() => startTour()} data-tour="tour">
            Tour
          </button>
          <button
            type="button"
            class="plain"
            onClick={nextTheme}
            aria-label={`Colours: ${theme.value}. Change`}
            title={`Colours: ${theme.value}`}
          >
            {theme.value === 'light' ? '☀' : theme.value === 'dark' ? '☾' : '◐'}
          </button>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {isUnknown && (
          <p class="notice">
            There is no view of the name “{address.value.view.slice(0, 40)}”. This is {first.title}.
          </p>
        )}
        <div class="view-head">
          <h1>{view.title}</h1>
          <p>{view.question}</p>
          <TourOffer />
        </div>
        {now?.id !== view.id ? (
          <p class="waiting" role="status">
            Loading {view.title} …
          </p>
        ) : 'error' in now ? (
          <p class="problem" role="alert">
            {now.error}
          </p>
        ) : (
          <Boundary key={now.id}>
            <now.View />
          </Boundary>
        )}
      </main>
      <footer class="foot">
        <p>Everything is computed in this page, on this device. Nothing is sent anywhere, your texts included. {offlineNote.value}</p>
      </footer>
      <Tour />
      <p class="said" role="status">
        {said.value}
      </p>
    </>
  );
}
