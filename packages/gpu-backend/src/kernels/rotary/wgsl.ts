import type { RotaryStyle } from '@longspan/core-tensor';
import { mainOfRow, oneAfterTheOther } from '../../wgsl/workgroup.ts';

export const rotaryThreads = 256;

/** Two pairs in a vec4f: each number's partner lies beside it. */
const inFour = (x: string, isBack: boolean): string => {
  const signs = 'vec4f(-1.0, 1.0, -1.0, 1.0)';
  return isBack ? `(${x}[at] * sines[place] * ${signs}).yxwz` : `${x}[at].yxwz * sines[place] * ${signs}`;
};

/** Where the partner is, and whether that number is the first of its pair. */
const partnerOf = (style: RotaryStyle): string =>
  style === 'half' ? 'let apart = u.turning / 2u; let isFirst = column < apart;' : 'let apart = 1u; let isFirst = column % 2u == 0u;';

/** Forward a partner is multiplied by the sine of the number that it turns into, with its sign; backward by its own. */
const besideIt = (x: string, style: RotaryStyle, isBack: boolean): string => `${partnerOf(style)}
    let partner = select(at - apart, at + apart, isFirst);
    let turned = ${x}[partner] * sines[${isBack ? 'select(place - apart, place + apart, isFirst)' : 'place'}];
    number += select(turned, -turned, ${isBack ? '!isFirst' : 'isFirst'});`;

/**
 * Some tensors, one after the other along the row of workgroups. A thread makes one N of a row; the part of the tables that is bound may be that
 * of other rows.
 */
export const rotaryText = (code: string, count: number, style: RotaryStyle, size: 1 | 4, isBack: boolean): string => `${code}
${mainOfRow(rotaryThreads)}
  ${oneAfterTheOther(
    count,
    rotaryThreads,
    (nth) => `let row = u.firstRow${nth} + at / u.vectors;
  let column = at % u.vectors;
  let own = (row / u.rowsPerTable${nth}) * u.tokens + row % u.tokens - u.firstOfTable; // one of an earlier part is above every row
  if (own >= u.rowsOfTable) { return; }
  let place = own * u.vectors + column;
  var number = x${nth}[at] * cosines[place];
  if (column < u.turning) {
    ${style === 'interleaved' && size === 4 ? `number += ${inFour(`x${nth}`, isBack)};` : besideIt(`x${nth}`, style, isBack)}
  }
  y${nth}[at] = number;`,
  )}
}`;
