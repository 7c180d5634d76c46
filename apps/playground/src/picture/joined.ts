const gap = 16;

/** Drawings, each an SVG of its own, in one: side by side, or one below the other. */
export function joined(drawings: readonly string[], way: 'beside' | 'below'): string {
  const [first = ''] = drawings;
  if (drawings.length < 2) return first;
  const sizes = drawings.map((each) => ({ width: sideOf(each, 'width'), height: sideOf(each, 'height') }));
  const [along, across] = way === 'beside' ? (['width', 'height'] as const) : (['height', 'width'] as const);
  let [place, most] = [0, 0];
  const placed = drawings.map((each, at) => {
    const size = sizes[at] as (typeof sizes)[number];
    const here = each.replace('<svg ', `<svg ${way === 'beside' ? 'x' : 'y'}="${place}" `);
    place += size[along] + gap;
    most = Math.max(most, size[across]);
    return here;
  });
  const [width, height] = way === 'beside' ? [place - gap, most] : [most, place - gap];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${placed.join('')}</svg>`;
}

const sideOf = (drawing: string, side: 'width' | 'height'): number => {
  const [head = ''] = /^<svg[^>]*>/.exec(drawing) ?? [];
  return Math.ceil(Number(new RegExp(` ${side}="([\\d.]+)"`).exec(head)?.[1] ?? 0));
};
