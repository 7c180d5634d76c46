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
