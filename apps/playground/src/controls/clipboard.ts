import { signal } from '@preact/signals';
import { linkToHere } from '../state/address.ts';

/** What the page says of what was last taken away; the page around the views shows it. */
export const said = signal('');

export const copyLink = (): Promise<void> =>
  copy(linkToHere(), 'The link is copied: it holds all that is set here, and none of your texts.');

export async function copy(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(done);
  } catch {
    say('This browser does not let the page write to the clipboard. Copy it from the window that opens.');
    showForCopying(text);
  }
}

let forget: ReturnType<typeof setTimeout> | undefined;
export function say(text: string): void {
  said.value = text;
  clearTimeout(forget);
  forget = setTimeout(() => {
    said.value = '';
  }, 6000);
}

/** Where there is no clipboard, the text itself, selected. */
function showForCopying(text: string): void {
  const dialog = document.createElement('dialog');
  dialog.className = 'copying';
  const area = document.createElement('textarea');
  area.value = text;
  area.readOnly = true;
  area.setAttribute('aria-label', 'Text to copy');
  const close = document.createElement('button');
  close.type = 'button';
  close.textContent = 'Close';
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  dialog.append(area, close);
  document.body.append(dialog);
  dialog.showModal();
  area.select();
}
