import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/** The plot as SVG text that needs no script. */
export function draw(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const svg = Plot.plot({ ...options, document, style: { background: 'none', fontSize: '12px', overflow: 'visible' } });
  svg.setAttribute('role', 'img');
  svg.removeAttribute('width'); // the viewBox stays: the page's width decides
  svg.removeAttribute('height');
  return svg.outerHTML;
}
