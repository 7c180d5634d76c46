import type { Field } from '../../state/field.ts';
import type { Angles } from './vectors.ts';

/** Which vectors stand elsewhere than their seed has put them. */
export type Turned = ReadonlyMap<number, Angles>;

const one = /^(\d{1,2})\.(\d{1,3})\.(-?\d{1,2})$/;

/** As the URL holds them: number.azimuth.elevation, in whole degrees, joined by underscores. */
export const turnedVectors: Omit<Field<Turned>, 'initial'> = {
  read: (text) => {
    const found = new Map<number, Angles>();
    for (const part of text === '' ? [] : text.split('_')) {
      const [, vector, azimuth, elevation] = (one.exec(part) ?? []).map(Number);
      if (vector === undefined || azimuth === undefined || elevation === undefined || vector > 47 || azimuth > 359) return undefined;
      found.set(vector, { azimuth, elevation });
    }
    return found;
  },
  write: (turned) => [...turned].map(([vector, { azimuth, elevation }]) => `${vector}.${azimuth}.${elevation}`).join('_'),
  rule: 'vectors as number.azimuth.elevation in whole degrees, such as 3.120.0, joined by underscores',
};
