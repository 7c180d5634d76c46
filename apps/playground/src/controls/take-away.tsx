import { signal } from '@preact/signals';

export interface TakeAwayProps {
  /** What the files are called. */
  readonly name: string;
  /** A script that runs against the published packages and computes what the view shows. */
  code(): string;
  json(): unknown;
  /** The picture, where the view has one. */
  svg?(): string | Promise<string>;
  canvas?(): HTMLCanvasElement | undefined | Promise<HTMLCanvasElement | undefined>;
}

const said = signal('');

/** Everything that a view shows can be taken away: by its address, as code, as data, as a picture. */
export function TakeAway({ name, code, json, svg, canvas }: TakeAwayProps) {
  return (
    <div class="take-away" data-tour="share">
      <button
        type="button"
        class="strong"
        onClick={() => copy(location.href, 'The link is copied: it holds all that is set here, and none of your texts.')}
      >
        Share link
      </button>
      <button type="button" onClick={() => copy(code(), 'The code is copied. It runs with the published packages.')}>
        Copy code
      </button>
      <button type="button" onClick={() => copy(`${JSON.stringify(json(), undefined, 2)}\n`, 'The JSON is copied.')}>
        Copy JSON
      </button>
      {canvas !== undefined && (
        <button type="button" onClick={async () => savePng(name, await canvas())}>
          PNG
        </button>
      )}
      {svg !== undefined && (
        <button type="button" onClick={async () => save(`${name}.svg`, new Blob([await svg()], { type: 'image/svg+xml' }))}>
          SVG
        </button>
      )}
      <span class="said" role="status">
        {said.value}
      </span>
    </div>
  );
}

async function copy(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(done);
  } catch {
    say('This browser does not let the page write to the clipboard. Copy it from the window that opens.');
    showForCopying(text);
  }
}

let forget: ReturnType<typeof setTimeout> | undefined;
function say(text: string): void {
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

async function savePng(name: string, canvas: HTMLCanvasElement | undefined): Promise<void> {
  const blob = await new Promise<Blob | null>((resolve) => (canvas === undefined ? resolve(null) : canvas.toBlob(resolve)));
  if (blob === null) say('There is no picture yet.');
  else save(`${name}.png`, blob);
}

export function save(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
