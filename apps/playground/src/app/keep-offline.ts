import { signal } from '@preact/signals';

/** What the person is told of the service worker; empty where there is nothing to tell. */
export const offlineNote = signal('');

const isReloaded = 'longspan-isolated';

/** A page in which a person has done something is not taken away under their hands. */
let isTouched = false;
for (const kind of ['pointerdown', 'keydown', 'drop'] as const) {
  addEventListener(kind, () => {
    isTouched = true;
  });
}

/**
 * Keeps the site for later visits without a network. Where the host does not send the headers for threads, the service worker adds them: the
 * page is then loaded anew once, at the first visit.
 */
export function keepOffline(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  navigator.serviceWorker.register('./service-worker.js').then(
    async () => {
      await navigator.serviceWorker.ready;
      offlineNote.value = 'This page is kept by your browser and opens without a network.';
      if (globalThis.crossOriginIsolated || sessionStorage.getItem(isReloaded) !== null || isTouched) return;
      sessionStorage.setItem(isReloaded, '1');
      location.reload();
    },
    () => {
      offlineNote.value = 'This browser does not let the page be kept, so it needs a network each time.';
    },
  );
}
