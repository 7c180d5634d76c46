import { copy, copyLink, say } from './clipboard.ts';

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

/** Everything that a view shows can be taken away: by its address, as code, as data, as a picture. */
export function TakeAway({ name, code, json, svg, canvas }: TakeAwayProps) {
  return (
    <div class="take-away" data-tour="share">
      <button type="button" class="strong" onClick={copyLink}>
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
    </div>
  );
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
