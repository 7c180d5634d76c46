const gap = 16;

/** Pictures of points in one, side by side; undefined where there is none. */
export function besideEachOther(canvases: readonly HTMLCanvasElement[]): HTMLCanvasElement | undefined {
  const [first, ...others] = canvases;
  if (first === undefined || others.length === 0) return first;
  const whole = document.createElement('canvas');
  whole.width = canvases.reduce((sum, { width }) => sum + width, 0) + gap * others.length;
  whole.height = Math.max(...canvases.map(({ height }) => height));
  const pen = whole.getContext('2d') as CanvasRenderingContext2D;
  let left = 0;
  for (const canvas of canvases) {
    pen.drawImage(canvas, left, 0);
    left += canvas.width + gap;
  }
  return whole;
}

/** Drawings in one, side by side. */
export function svgsBeside(drawings: readonly string[]): string {
  const [first = ''] = drawings;
  if (drawings.length < 2) return first;
  const sizes = drawings.map((each) => ({ width: sideOf(each, 'width'), height: sideOf(each, 'height') }));
  const [width, height] = [
    sizes.reduce((sum, size) => sum + size.width, gap * (sizes.length - 1)),
    Math.max(...sizes.map((size) => size.height)),
  ];
  let left = 0;
  const placed = drawings.map((each, at) => {
    const here = each.replace('<svg ', `<svg x="${left}" `);
    left += (sizes[at]?.width ?? 0) + gap;
    return here;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${placed.join('')}</svg>`;
}

const sideOf = (drawing: string, side: 'width' | 'height'): number =>
  Number(new RegExp(`^<svg[^>]*? ${side}="(\\d+)"`).exec(drawing)?.[1] ?? 0);
