import { isDark } from '../app/theme.ts';

/** What a picture is made of: the same shapes are painted on a canvas and written as SVG, so that both show the same. */
export type Shape =
  | {
      readonly kind: 'box';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly ink: Ink;
      /** From 0 to 1; 1 by default. */
      readonly opacity?: number;
      /** Its border alone. */
      readonly hollow?: true;
    }
  | {
      readonly kind: 'line';
      readonly from: readonly [number, number];
      readonly to: readonly [number, number];
      readonly ink: Ink;
      readonly opacity?: number;
    }
  | {
      readonly kind: 'words';
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly ink: Ink;
      readonly anchor?: 'start' | 'middle' | 'end';
      readonly bold?: true;
    };

export type Ink = keyof ReturnType<typeof inks>;

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly shapes: readonly Shape[];
}

/** The colours of the page's own marks, as values: a canvas knows no variables of a style sheet. */
const inks = (dark = isDark()) =>
  dark
    ? { ground: '#18212b', faint: '#2e3b49', soft: '#a3b1bf', ink: '#e8edf2', first: '#9cc9f5', second: '#ffb454', third: '#6fd3a0' }
    : { ground: '#ffffff', faint: '#ddd8cc', soft: '#54616e', ink: '#1b2733', first: '#17324d', second: '#b4530a', third: '#1f7a4d' };

const family = 'system-ui, sans-serif';
const letterSize = 12;

/** Paints a picture as sharp as the screen is. */
export function paint(canvas: HTMLCanvasElement, { width, height, shapes }: Picture): void {
  const scale = Math.max(1, devicePixelRatio);
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const pen = canvas.getContext('2d') as CanvasRenderingContext2D;
  const colours = inks();
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.fillStyle = colours.ground;
  pen.fillRect(0, 0, width, height);
  for (const shape of shapes) {
    pen.globalAlpha = shape.kind === 'words' ? 1 : (shape.opacity ?? 1);
    pen.fillStyle = colours[shape.ink];
    pen.strokeStyle = colours[shape.ink];
    if (shape.kind === 'box') {
      if (shape.hollow === true) pen.strokeRect(shape.x, shape.y, shape.width, shape.height);
      else pen.fillRect(shape.x, shape.y, shape.width, shape.height);
    } else if (shape.kind === 'line') {
      pen.beginPath();
      pen.moveTo(...shape.from);
      pen.lineTo(...shape.to);
      pen.stroke();
    } else {
      pen.font = `${shape.bold === true ? '600 ' : ''}${letterSize}px ${family}`;
      pen.textAlign = shape.anchor === 'middle' ? 'center' : (shape.anchor ?? 'start');
      pen.fillText(shape.text, shape.x, shape.y);
    }
  }
  pen.globalAlpha = 1;
}

/** The picture as a file of its own, in the colours of the light page, or in those of the page as it is. */
export function pictureSvg({ width, height, shapes }: Picture, { asPage = false } = {}): string {
  const colours = inks(asPage ? isDark() : false);
  const round = (value: number): string => String(Math.round(value * 100) / 100);
  const drawn = shapes.map((shape) => {
    const colour = colours[shape.ink];
    if (shape.kind === 'box') {
      const opacity = shape.opacity === undefined ? '' : ` opacity="${round(shape.opacity)}"`;
      const how = shape.hollow === true ? `fill="none" stroke="${colour}"` : `fill="${colour}"`;
      return `<rect x="${round(shape.x)}" y="${round(shape.y)}" width="${round(shape.width)}" height="${round(shape.height)}" ${how}${opacity}/>`;
    }
    if (shape.kind === 'line') {
      const opacity = shape.opacity === undefined ? '' : ` opacity="${round(shape.opacity)}"`;
      const [[x1, y1], [x2, y2]] = [shape.from, shape.to];
      return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${colour}"${opacity}/>`;
    }
    const weight = shape.bold === true ? ' font-weight="600"' : '';
    return `<text x="${round(shape.x)}" y="${round(shape.y)}" fill="${colour}" text-anchor="${shape.anchor ?? 'start'}"${weight}>${escaped(shape.text)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${family}" font-size="${letterSize}">`,
    `<rect width="${width}" height="${height}" fill="${colours.ground}"/>`,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
