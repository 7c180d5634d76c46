/** What a drawing takes from style sheets, and a file that stands alone has to say itself. */
const told = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'opacity',
  'transform',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'dominant-baseline',
  'display',
  'direction',
] as const;

/** Drawings of the page, one below the other, as one SVG that stands alone: what style sheets say of it is written into it. */
export function standAlone(drawings: readonly SVGSVGElement[]): string {
  const gap = 16;
  const shown = drawings.filter((each) => each.clientWidth > 0);
  const sizes = shown.map((each) => each.getBoundingClientRect());
  const width = Math.max(1, ...sizes.map((size) => size.width)) + 2 * gap;
  const whole = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  let top = gap;
  shown.forEach((drawing, at) => {
    const size = sizes[at] as DOMRect;
    const copy = drawing.cloneNode(true) as SVGSVGElement;
    writeStyles(drawing, copy);
    copy.setAttribute('x', String((width - size.width) / 2));
    copy.setAttribute('y', String(top));
    copy.setAttribute('width', String(size.width));
    copy.setAttribute('height', String(size.height));
    top += size.height + gap;
    whole.append(copy);
  });
  const ground = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  ground.setAttribute('width', '100%');
  ground.setAttribute('height', '100%');
  ground.setAttribute('fill', getComputedStyle(document.documentElement).backgroundColor);
  whole.prepend(ground);
  whole.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  whole.setAttribute('width', String(Math.round(width)));
  whole.setAttribute('height', String(Math.round(top)));
  whole.setAttribute('viewBox', `0 0 ${Math.round(width)} ${Math.round(top)}`);
  return new XMLSerializer().serializeToString(whole);
}

function writeStyles(from: Element, to: Element): void {
  const style = getComputedStyle(from);
  for (const name of told) {
    const value = style.getPropertyValue(name);
    if (value !== '' && value !== 'none') to.setAttribute(name, value);
    else if (name === 'fill' || name === 'stroke' || name === 'display') to.setAttribute(name, value);
  }
  for (const name of ['class', 'style', 'tabindex', 'role', 'aria-pressed']) to.removeAttribute(name);
  const copies = [...to.children];
  [...from.children].forEach((child, at) => {
    writeStyles(child, copies[at] as Element);
  });
}

/** An SVG as a picture of points, two of them to each of its own. */
export async function canvasOf(svg: string): Promise<HTMLCanvasElement> {
  const image = new Image();
  const address = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    image.src = address;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = 2 * image.naturalWidth;
    canvas.height = 2 * image.naturalHeight;
    (canvas.getContext('2d') as CanvasRenderingContext2D).drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas;
  } finally {
    URL.revokeObjectURL(address);
  }
}
