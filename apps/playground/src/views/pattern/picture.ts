import type { Tile } from './mask-work.ts';
import { tileCells } from './shares.ts';

/** Where the picture stands: its middle in tokens, and device pixels for each token. */
export interface Camera {
  readonly query: number;
  readonly key: number;
  readonly scale: number;
}

export interface Inks {
  readonly ground: string;
  readonly outside: string;
  readonly line: string;
  readonly text: string;
  /** Colours of the planes of a tile, as red, green and blue. */
  readonly planes: readonly (readonly [number, number, number])[];
}

export interface Scene {
  readonly length: number;
  readonly camera: Camera;
  readonly inks: Inks;
  /** Words along the axes, where they were read. */
  readonly words: readonly string[];
  readonly hovered: { readonly query: number; readonly key: number } | undefined;
}

/** Tokens along a side of a cell at a scale: a cell is 1 to 2 device pixels, or a token where that is larger. */
export const cellAt = (scale: number): number => (scale >= 1 ? 1 : 2 ** Math.floor(Math.log2(1 / scale)));

/** Tiles in a row that may fail before no more are asked for by themselves. */
const mostFailures = 60;

/** As many tiles as are kept: more than a screen needs at two scales. */
const mostTiles = 600;

/**
 * Pictures of tiles, made when they come from the worker. While one is missing, what there is of its place at another scale is drawn, so
 * that moving the picture never waits.
 */
export class TileStore {
  readonly #tiles = new Map<string, HTMLCanvasElement>();
  readonly #asked = new Set<string>();
  #version = 0;
  #failed = 0;
  /** Tiles that came from the worker, and how often the mask was asked for them: the work that was done. */
  readonly counts = { tiles: 0, covers: 0 };

  constructor(
    private readonly fetchTile: (place: { readonly cell: number; readonly row: number; readonly column: number }) => Promise<Tile>,
    private readonly changed: () => void,
  ) {}

  clear(): void {
    this.#version += 1;
    this.#tiles.clear();
    this.#asked.clear();
  }

  get(cell: number, row: number, column: number): HTMLCanvasElement | undefined {
    return this.#tiles.get(`${cell}/${row}/${column}`);
  }

  want(cell: number, row: number, column: number, inks: Inks): void {
    const name = `${cell}/${row}/${column}`;
    if (this.#tiles.has(name) || this.#asked.has(name) || this.#asked.size > 24) return;
    const version = this.#version;
    this.#asked.add(name);
    this.fetchTile({ cell, row, column }).then(
      (tile) => {
        if (version !== this.#version) return;
        this.#asked.delete(name);
        this.counts.tiles += 1;
        this.counts.covers += tile.asked;
        if (this.#tiles.size >= mostTiles) this.#tiles.delete(this.#tiles.keys().next().value as string);
        this.#tiles.set(name, painted(tile, inks));
        this.#failed = 0;
        this.changed();
      },
      () => {
        if (version !== this.#version) return;
        this.#asked.delete(name);
        // A worker that died has a successor; where that fails too, again and again, it is left at that until the picture moves.
        this.#failed += 1;
        if (this.#failed <= mostFailures) setTimeout(this.changed, 100);
      },
    );
  }

  get isWaiting(): boolean {
    return this.#asked.size > 0;
  }
}

/** Thin lines are drawn as strongly as their share of a side, so that a window stays visible from far. */
const strength = Uint8Array.from({ length: 256 }, (_, share) =>
  share === 0 ? 0 : Math.round(255 * (0.25 + 0.75 * Math.sqrt(share / 255))),
);

function painted({ planes }: Tile, { planes: colours }: Inks): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = tileCells;
  canvas.height = tileCells;
  const pen = canvas.getContext('2d') as CanvasRenderingContext2D;
  const image = pen.createImageData(tileCells, tileCells);
  const { data } = image;
  for (let at = 0; at < tileCells * tileCells; at++) {
    let [red, green, blue, alpha] = [0, 0, 0, 0];
    planes.forEach((plane, index) => {
      const own = strength[plane[at] as number] as number;
      if (own <= alpha) return;
      [red, green, blue] = colours[index] as readonly [number, number, number];
      alpha = own;
    });
    data.set([red, green, blue, alpha], at * 4);
  }
  pen.putImageData(image, 0, 0);
  return canvas;
}

/** Draws the part of the square that the camera sees. All that is costly was done before, in the worker. */
export function drawScene(canvas: HTMLCanvasElement, store: TileStore, { length, camera, inks, words, hovered }: Scene): void {
  const pen = canvas.getContext('2d') as CanvasRenderingContext2D;
  const { width, height } = canvas;
  const { scale } = camera;
  const left = width / 2 - camera.key * scale;
  const top = height / 2 - camera.query * scale;
  pen.fillStyle = inks.outside;
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = inks.ground;
  pen.fillRect(left, top, length * scale, length * scale);
  pen.save();
  pen.beginPath();
  pen.rect(left, top, length * scale, length * scale);
  pen.clip();
  pen.imageSmoothingEnabled = false;
  const cell = cellAt(scale);
  for (const { row, column } of tilesInSight({ width, height, left, top, side: tileCells * cell * scale, length, cell })) {
    const side = tileCells * cell * scale;
    const tile = store.get(cell, row, column);
    if (tile !== undefined) pen.drawImage(tile, left + column * side, top + row * side, side, side);
    else {
      drawFromAfar(pen, store, { cell, row, column, left, top, scale });
      store.want(cell, row, column, inks);
    }
  }
  if (scale >= 8) drawLines(pen, { width, height, left, top, scale, length, inks });
  pen.restore();
  pen.strokeStyle = inks.line;
  pen.lineWidth = 1;
  pen.strokeRect(left - 0.5, top - 0.5, length * scale + 1, length * scale + 1);
  if (hovered !== undefined) drawCross(pen, { width, height, left, top, scale, inks, hovered });
  if (scale >= 13 && words.length > 0) drawWords(pen, { width, height, left, top, scale, length, inks, words });
}

interface Sight {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
}

function* tilesInSight({
  width,
  height,
  left,
  top,
  side,
  length,
  cell,
}: Sight & { readonly side: number; readonly length: number; readonly cell: number }) {
  const most = Math.ceil(length / (tileCells * cell));
  const span = (offset: number, size: number): readonly [number, number] => [
    Math.max(0, Math.floor(-offset / side)),
    Math.min(most, Math.ceil((size - offset) / side)),
  ];
  const [firstRow, endRow] = span(top, height);
  const [firstColumn, endColumn] = span(left, width);
  for (let row = firstRow; row < endRow; row++) for (let column = firstColumn; column < endColumn; column++) yield { row, column };
}

/** What is known of a tile's place from coarser tiles. */
function drawFromAfar(
  pen: CanvasRenderingContext2D,
  store: TileStore,
  {
    cell,
    row,
    column,
    left,
    top,
    scale,
  }: {
    readonly cell: number;
    readonly row: number;
    readonly column: number;
    readonly left: number;
    readonly top: number;
    readonly scale: number;
  },
): void {
  for (let times = 2; times <= 64; times *= 2) {
    const coarse = store.get(cell * times, Math.floor(row / times), Math.floor(column / times));
    if (coarse === undefined) continue;
    const part = tileCells / times;
    const side = tileCells * cell * scale;
    pen.drawImage(coarse, (column % times) * part, (row % times) * part, part, part, left + column * side, top + row * side, side, side);
    return;
  }
}

function drawLines(
  pen: CanvasRenderingContext2D,
  { width, height, left, top, scale, length, inks }: Sight & { readonly scale: number; readonly length: number; readonly inks: Inks },
): void {
  pen.strokeStyle = inks.line;
  pen.globalAlpha = Math.min(0.7, (scale - 6) / 20);
  pen.beginPath();
  for (let at = Math.max(0, Math.floor(-left / scale)); at <= Math.min(length, Math.ceil((width - left) / scale)); at++) {
    const x = Math.round(left + at * scale) + 0.5;
    pen.moveTo(x, 0);
    pen.lineTo(x, height);
  }
  for (let at = Math.max(0, Math.floor(-top / scale)); at <= Math.min(length, Math.ceil((height - top) / scale)); at++) {
    const y = Math.round(top + at * scale) + 0.5;
    pen.moveTo(0, y);
    pen.lineTo(width, y);
  }
  pen.stroke();
  pen.globalAlpha = 1;
}

function drawCross(
  pen: CanvasRenderingContext2D,
  {
    width,
    height,
    left,
    top,
    scale,
    inks,
    hovered,
  }: Sight & { readonly scale: number; readonly inks: Inks; readonly hovered: { readonly query: number; readonly key: number } },
): void {
  const size = Math.max(1, scale);
  pen.fillStyle = inks.text;
  pen.globalAlpha = 0.1;
  pen.fillRect(0, top + hovered.query * scale, width, size);
  pen.fillRect(left + hovered.key * scale, 0, size, height);
  pen.globalAlpha = 1;
  pen.strokeStyle = inks.text;
  pen.lineWidth = 2;
  pen.strokeRect(left + hovered.key * scale - 1, top + hovered.query * scale - 1, size + 2, size + 2);
}

/** The words of the text along both axes: queries at the left, keys at the top. */
function drawWords(
  pen: CanvasRenderingContext2D,
  {
    width,
    height,
    left,
    top,
    scale,
    length,
    inks,
    words,
  }: Sight & { readonly scale: number; readonly length: number; readonly inks: Inks; readonly words: readonly string[] },
): void {
  const size = Math.min(18, scale * 0.72);
  const room = size * 6;
  pen.font = `${size}px system-ui, sans-serif`;
  pen.textBaseline = 'middle';
  pen.fillStyle = inks.outside;
  pen.globalAlpha = 0.88;
  pen.fillRect(0, 0, room, height);
  pen.fillRect(0, 0, width, room);
  pen.globalAlpha = 1;
  pen.fillStyle = inks.text;
  const word = (at: number): string => {
    const full = words[at] ?? '';
    return full.length > 10 ? `${full.slice(0, 9)}…` : full;
  };
  pen.textAlign = 'right';
  for (let at = Math.max(0, Math.floor((room - top) / scale)); at < Math.min(length, (height - top) / scale); at++) {
    pen.fillText(word(at), room - 5, top + (at + 0.5) * scale);
  }
  pen.textAlign = 'left';
  for (let at = Math.max(0, Math.floor((room - left) / scale)); at < Math.min(length, (width - left) / scale); at++) {
    pen.save();
    pen.translate(left + (at + 0.5) * scale, room - 5);
    pen.rotate(-Math.PI / 2);
    pen.fillText(word(at), 0, 0);
    pen.restore();
  }
}
