import { createKey, randomUniform } from '@longspan/core-tensor/key';

/** What vectors lie on: they have two numbers each, or three. */
export const grounds = ['circle', 'sphere'] as const;
export type Ground = (typeof grounds)[number];

/** Where a vector points, in whole degrees: the azimuth from 0 to 359, the elevation from −90 to 90 and 0 on the circle. */
export interface Angles {
  readonly azimuth: number;
  readonly elevation: number;
}

export type Point = readonly [x: number, y: number, z: number];

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
const degrees = (angle: number): number => (angle * 180) / Math.PI;

/** Directions drawn evenly over the circle, or over the sphere. */
export function drawnAngles(seed: number, count: number, on: Ground): readonly Angles[] {
  const [azimuths, heights] = createKey(seed)
    .fold('vectors')
    .split()
    .map((key) => randomUniform(key, count)) as [Float32Array, Float32Array];
  return Array.from({ length: count }, (_, at) => ({
    azimuth: Math.floor(360 * (azimuths[at] as number)),
    elevation: on === 'circle' ? 0 : Math.round(degrees(Math.asin(2 * (heights[at] as number) - 1))),
  }));
}

export function pointAt({ azimuth, elevation }: Angles): Point {
  const [around, up] = [radians(azimuth), radians(elevation)];
  return [Math.cos(up) * Math.cos(around), Math.cos(up) * Math.sin(around), Math.sin(up)];
}

export function anglesAt([x, y, z]: Point, on: Ground): Angles {
  const azimuth = (Math.round(degrees(Math.atan2(y, x))) + 360) % 360;
  return { azimuth, elevation: on === 'circle' ? 0 : Math.round(degrees(Math.asin(Math.max(-1, Math.min(1, z / Math.hypot(x, y, z)))))) };
}

/** Numbers of a vector. */
export const sizeOn = (on: Ground): number => (on === 'circle' ? 2 : 3);

/** The vectors' numbers, one vector after the other: two on the circle, three on the sphere. */
export function numbersOf(angles: readonly Angles[], on: Ground): Float32Array {
  const size = sizeOn(on);
  const numbers = new Float32Array(angles.length * size);
  angles.forEach((each, at) => {
    numbers.set(pointAt(each).slice(0, size), at * size);
  });
  return numbers;
}

/** The angle between two vectors, degrees. */
export function angleBetween(one: Angles, other: Angles): number {
  const [a, b] = [pointAt(one), pointAt(other)];
  return degrees(Math.acos(Math.max(-1, Math.min(1, a[0] * b[0] + a[1] * b[1] + a[2] * b[2]))));
}

/** Turned by that many degrees; over a pole it stops. */
export const turnedBy = ({ azimuth, elevation }: Angles, around: number, up: number): Angles => ({
  azimuth: (((azimuth + around) % 360) + 360) % 360,
  elevation: Math.max(-89, Math.min(89, elevation + up)),
});

/** How the sphere is looked at, degrees. */
export interface Looking {
  readonly yaw: number;
  readonly pitch: number;
}

/** A point of the sphere as one sees it: to the right, upwards, and towards oneself. */
export function seen([x, y, z]: Point, { yaw, pitch }: Looking): Point {
  const [around, tilt] = [radians(yaw), radians(pitch)];
  const right = x * Math.cos(around) - y * Math.sin(around);
  const away = x * Math.sin(around) + y * Math.cos(around);
  return [right, z * Math.cos(tilt) + away * Math.sin(tilt), z * Math.sin(tilt) - away * Math.cos(tilt)];
}

/** The point of the near half of the sphere that one sees there; outside it, the nearest one of its edge. */
export function pointSeenAt(right: number, up: number, { yaw, pitch }: Looking): Point {
  const far = Math.max(1, Math.hypot(right, up));
  const [r, u] = [right / far, up / far];
  const near = Math.sqrt(Math.max(0, 1 - r * r - u * u));
  const [around, tilt] = [radians(yaw), radians(pitch)];
  const z = u * Math.cos(tilt) + near * Math.sin(tilt);
  const away = u * Math.sin(tilt) - near * Math.cos(tilt);
  return [r * Math.cos(around) + away * Math.sin(around), -r * Math.sin(around) + away * Math.cos(around), z];
}

/** Directions that cover the circle, each half a degree, or the sphere, about evenly: where the buckets lie is asked of these. */
export function coveringPoints(on: Ground): readonly Point[] {
  if (on === 'circle') return Array.from({ length: 720 }, (_, at): Point => [Math.cos(radians(at / 2)), Math.sin(radians(at / 2)), 0]);
  const count = 4000;
  const golden = Math.PI * (3 - Math.sqrt(5));
  return Array.from({ length: count }, (_, at): Point => {
    const z = 1 - (2 * at + 1) / count;
    const flat = Math.sqrt(1 - z * z);
    return [flat * Math.cos(golden * at), flat * Math.sin(golden * at), z];
  });
}
