import { isDark } from '../../app/theme.ts';
import type { Inks } from './picture.ts';

/** What the first pattern alone shows, what the second alone shows, and what both show: or the one pattern there is. */
export function inks(): Inks {
  return isDark()
    ? {
        ground: '#131c26',
        outside: '#0c1218',
        line: '#33424f',
        text: '#e8edf2',
        planes: [
          [156, 201, 245],
          [255, 180, 84],
          [111, 211, 160],
        ],
      }
    : {
        ground: '#fffdf8',
        outside: '#efece4',
        line: '#d5cfc0',
        text: '#1b2733',
        planes: [
          [23, 50, 77],
          [190, 88, 10],
          [31, 122, 77],
        ],
      };
}
