import { useRef } from 'preact/hooks';
import { endOf, type Hue, hueOfBucket } from './colours.ts';
import { bucketOf, type Scene } from './scene.ts';
import { buckets, hasCome } from './state.ts';
import { type Angles, anglesAt, coveringPoints, type Point, pointAt, pointSeenAt, seen, sizeOn, turnedBy } from './vectors.ts';

interface CircleProps {
  readonly angles: readonly Angles[];
  readonly hues: readonly Hue[];
  readonly scene: Scene | undefined;
  readonly round: number;
  readonly chosen: number;
  /** Those whom the chosen one meets, and near ones that it misses. */
  readonly met: ReadonlySet<number>;
  readonly missed: ReadonlySet<number>;
}

/** Where something is drawn: to the right and downwards, and how near it is, from −1 to 1. */
interface Place {
  readonly x: number;
  readonly y: number;
  readonly near: number;
}

const radius = 100;

/** What the labels of the vectors say already. */
const hidden = { 'aria-hidden': true } as const;

/** The vectors on the circle, or on the sphere, to be turned by pointer and keys; the buckets as its ground. */
export function Circle({ angles, hues, scene, round, chosen, met, missed }: CircleProps) {
  const { stage, on, yaw, pitch, turned, n } = buckets.values.value;
  const drawing = useRef<SVGSVGElement>(null);
  const held = useRef<{ readonly vector: number | undefined; x: number; y: number; isMoved: boolean } | undefined>(undefined);
  const place = (each: Angles): Place => {
    const [right, up, near] = on === 'circle' ? [pointAt(each)[0], pointAt(each)[1], 1] : seen(pointAt(each), { yaw, pitch });
    return { x: right * radius, y: -up * radius, near };
  };
  const places = angles.map(place);
  const labels = on === 'circle' ? labelled(angles) : places;

  const turn = (vector: number, to: Angles, step: boolean): void =>
    buckets.set({ of: vector, turned: new Map([...turned, [vector, to] as const].filter(([each]) => each < n)) }, { step });
  const at = (event: PointerEvent): readonly [right: number, up: number] => {
    const box = (drawing.current as SVGSVGElement).getBoundingClientRect();
    const scale = (2 * extent) / box.width;
    return [((event.clientX - box.left) * scale - extent) / radius, -((event.clientY - box.top) * scale - extent) / radius];
  };
  const hold = (event: PointerEvent, vector: number | undefined): void => {
    event.stopPropagation();
    drawing.current?.setPointerCapture(event.pointerId);
    held.current = { vector, x: event.clientX, y: event.clientY, isMoved: false };
    if (vector !== undefined && vector !== chosen) buckets.set({ of: vector });
  };
  const move = (event: PointerEvent): void => {
    const { current } = held;
    if (current === undefined) return;
    const [across, down] = [event.clientX - current.x, event.clientY - current.y];
    if (!current.isMoved && Math.hypot(across, down) < 3) return;
    const isFirst = !current.isMoved;
    current.isMoved = true;
    if (current.vector !== undefined) {
      const [right, up] = at(event);
      const to = on === 'circle' ? anglesAt([right, up, 0], on) : anglesAt(pointSeenAt(right, up, { yaw, pitch }), on);
      turn(current.vector, to, isFirst);
      return;
    }
    if (on === 'circle') return;
    current.x = event.clientX;
    current.y = event.clientY;
    const turnedYaw = ((yaw + Math.round(across / 2) + 540) % 360) - 180;
    buckets.set({ yaw: turnedYaw, pitch: Math.max(-90, Math.min(90, pitch + Math.round(down / 2))) }, { step: isFirst });
  };
  const press = (event: KeyboardEvent, vector: number): void => {
    const by = event.shiftKey ? 1 : 5;
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [by, 0],
      ArrowRight: [-by, 0],
      ArrowUp: on === 'circle' ? [by, 0] : [0, by],
      ArrowDown: on === 'circle' ? [-by, 0] : [0, -by],
    };
    const others: Readonly<Record<string, number>> = { PageUp: vector - 1, PageDown: vector + 1, Home: 0, End: n - 1 };
    const found = moves[event.key];
    const other = others[event.key];
    if (found === undefined && other === undefined) return;
    event.preventDefault();
    if (found !== undefined) turn(vector, turnedBy(angles[vector] as Angles, ...found), false);
    if (other === undefined) return;
    const next = (other + n) % n;
    buckets.set({ of: next }, { step: false });
    drawing.current?.querySelector<SVGGElement>(`[data-vector="${next}"]`)?.focus();
  };

  const order = places.map((_, vector) => vector).sort((left, right) => (places[left] as Place).near - (places[right] as Place).near);
  const isMeeting = hasCome(stage, 'meet');
  return (
    // biome-ignore lint/a11y/useSemanticElements: an SVG has no fieldset
    <svg
      ref={drawing}
      class={`circle${on === 'sphere' ? ' sphere' : ''}`}
      viewBox={`${-extent} ${-extent} ${2 * extent} ${2 * extent}`}
      role="group"
      aria-label={`${n} vectors on the ${on}`}
      onPointerDown={(event) => hold(event, undefined)}
      onPointerMove={move}
      onPointerUp={() => {
        held.current = undefined;
      }}
      onPointerCancel={() => {
        held.current = undefined;
      }}
    >
      <circle r={radius} class="disc" />
      {scene !== undefined && hasCome(stage, 'buckets') && <Regions scene={scene} round={round} />}
      <circle r={radius} class="edge" />
      {on === 'sphere' && <Meridians yaw={yaw} pitch={pitch} />}
      {scene !== undefined && hasCome(stage, 'rotations') && <Ends scene={scene} round={round} />}
      {isMeeting && (
        <g {...hidden}>
          {[...met].map((other) => (
            <path key={other} class="link met" d={curve(places[chosen], places[other])} />
          ))}
          {[...missed].map((other) => (
            <path key={other} class="link missed" d={curve(places[chosen], places[other])} />
          ))}
        </g>
      )}
      {order.map((vector) => {
        const { x, y, near } = places[vector] as Place;
        const label = labels[vector] as Place;
        const { azimuth, elevation } = angles[vector] as Angles;
        const isChosen = vector === chosen;
        const state = !isMeeting || isChosen ? '' : met.has(vector) ? ', met' : missed.has(vector) ? ', near and missed' : '';
        const bucket = scene !== undefined && hasCome(stage, 'buckets') ? `, bucket ${bucketOf(scene, vector, round)}` : '';
        return (
          // biome-ignore lint/a11y/useSemanticElements: an SVG has no button
          <g
            key={vector}
            data-vector={vector}
            class={`vector${isChosen ? ' chosen' : ''}${isMeeting && met.has(vector) ? ' met' : ''}${isMeeting && missed.has(vector) ? ' missed' : ''}${near < 0 ? ' behind' : ''}`}
            style={hues[vector]}
            role="button"
            tabIndex={isChosen ? 0 : -1}
            aria-pressed={isChosen}
            aria-label={`Vector ${vector} at ${azimuth}°${on === 'sphere' ? `, ${elevation}° up` : ''}${bucket}${state}`}
            onPointerDown={(event) => hold(event, vector)}
            onKeyDown={(event) => press(event, vector)}
            onFocus={() => {
              if (!isChosen && held.current === undefined) buckets.set({ of: vector }, { step: false });
            }}
          >
            {on === 'circle' && <line class="stem" x1={x} y1={y} x2={label.x} y2={label.y} />}
            {on === 'circle' && <circle class="tip" cx={x} cy={y} r={isChosen ? 4 : 3} />}
            {isChosen && <line class="arrow" x1={0} y1={0} x2={x} y2={y} />}
            <circle class="bubble" cx={label.x} cy={label.y} r={isChosen ? 10.5 : 9} />
            <text class="vector-name" x={label.x} y={label.y}>
              {vector}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

/** From the middle to the edge of the picture. */
const extent = 156;

/** Where the numbers stand around the circle: outside it, pushed apart until they lie beside each other, in two rings where they are many. */
function labelled(angles: readonly Angles[]): readonly Place[] {
  const byAngle = angles.map((_, vector) => vector).sort((left, right) => azimuthOf(angles, left) - azimuthOf(angles, right));
  const rings = angles.length <= 32 ? [118] : [116, 138];
  const found: Place[] = [];
  rings.forEach((ring, at) => {
    const own = byAngle.filter((_, index) => index % rings.length === at);
    const spread = pushedApart(
      own.map((vector) => azimuthOf(angles, vector)),
      (21 / ring) * (180 / Math.PI),
    );
    own.forEach((vector, index) => {
      const [x, y] = pointAt({ azimuth: spread[index] as number, elevation: 0 });
      found[vector] = { x: x * ring, y: -y * ring, near: 1 };
    });
  });
  return found;
}

const azimuthOf = (angles: readonly Angles[], vector: number): number => (angles[vector] as Angles).azimuth;

/** Ascending angles, each moved as little as it takes to be that far from the next one, around the circle. */
function pushedApart(angles: readonly number[], least: number): readonly number[] {
  const found = [...angles];
  const count = found.length;
  for (let turn = 0; turn < 200; turn++) {
    let isApart = true;
    for (let at = 0; at < count && count > 1; at++) {
      const next = (at + 1) % count;
      const gap = (found[next] as number) + (next === 0 ? 360 : 0) - (found[at] as number);
      if (gap >= least - 0.01) continue;
      isApart = false;
      found[at] = (found[at] as number) - (least - gap) / 2;
      found[next] = (found[next] as number) + (least - gap) / 2;
    }
    if (isApart) break;
  }
  return found;
}

const curve = (from: Place | undefined, to: Place | undefined): string => {
  const [a, b] = [from ?? { x: 0, y: 0 }, to ?? { x: 0, y: 0 }];
  return `M${fixed(a.x)} ${fixed(a.y)}Q${fixed((a.x + b.x) * 0.3)} ${fixed((a.y + b.y) * 0.3)} ${fixed(b.x)} ${fixed(b.y)}`;
};
const fixed = (value: number): string => value.toFixed(1);

/** The ground by the bucket that it belongs to: sectors of the circle; points on the near half of the sphere. */
function Regions({ scene, round }: { readonly scene: Scene; readonly round: number }) {
  const { on, yaw, pitch } = buckets.values.value;
  const { hashed, bucketCount, size } = scene;
  if (size !== sizeOn(on)) return null;
  const points = coveringPoints(on);
  const own = hashed.ground.subarray(round * points.length, (round + 1) * points.length);
  const paths = new Map<number, string>();
  const add = (bucket: number, part: string): void => void paths.set(bucket, (paths.get(bucket) ?? '') + part);
  if (on === 'circle') {
    for (const { bucket, from, to } of sectors(own)) {
      const [a, b] = [from, to].map((at) => pointAt({ azimuth: at / 2, elevation: 0 })) as unknown as readonly [Point, Point];
      const [x1, y1, x2, y2] = [a[0], a[1], b[0], b[1]].map((each) => (each as number) * radius) as [number, number, number, number];
      add(bucket, `M0 0L${fixed(x1)} ${fixed(-y1)}A${radius} ${radius} 0 ${to - from > 360 ? 1 : 0} 0 ${fixed(x2)} ${fixed(-y2)}Z`);
    }
  } else {
    points.forEach((point, at) => {
      const [right, up, near] = seen(point, { yaw, pitch });
      if (near > 0) add(own[at] as number, `M${fixed(right * radius)} ${fixed(-up * radius)}h0`);
    });
  }
  return (
    <g {...hidden}>
      {[...paths].map(([bucket, path]) => (
        <path
          key={bucket}
          class={on === 'circle' ? 'region' : 'region dots'}
          d={path}
          style={hueOfBucket(hashed.rotations, { ...scene, round, bucketCount }, bucket)}
        />
      ))}
    </g>
  );
}

/** Runs of half degrees of one bucket. */
function sectors(buckets: Int32Array): readonly { readonly bucket: number; readonly from: number; readonly to: number }[] {
  const found: { bucket: number; from: number; to: number }[] = [];
  buckets.forEach((bucket, at) => {
    const last = found.at(-1);
    if (last?.bucket === bucket) last.to = at + 1;
    else found.push({ bucket, from: at, to: at + 1 });
  });
  return found;
}

/** Both ends of each random direction, by the number of their bucket. */
function Ends({ scene, round }: { readonly scene: Scene; readonly round: number }) {
  const { on, yaw, pitch } = buckets.values.value;
  const { hashed, bucketCount, size } = scene;
  if (size !== sizeOn(on)) return null;
  return (
    <g {...hidden} class="ends">
      {Array.from({ length: bucketCount }, (_, bucket) => {
        const [x = 0, y = 0, z = 0] = endOf(hashed.rotations, { ...scene, round }, bucket);
        const norm = Math.hypot(x, y, z);
        const [right, up, near] = on === 'circle' ? [x / norm, y / norm, 1] : seen([x / norm, y / norm, z / norm], { yaw, pitch });
        const isFirst = bucket < bucketCount / 2;
        return (
          <g
            key={bucket}
            class={`end${isFirst ? '' : ' opposite'}${near < 0 ? ' behind' : ''}`}
            style={hueOfBucket(hashed.rotations, { ...scene, round }, bucket)}
          >
            <line x1={0} y1={0} x2={right * 86} y2={-up * 86} />
            <text x={right * 74} y={-up * 74}>
              {isFirst ? `r${subscript(bucket)}` : `−r${subscript(bucket - bucketCount / 2)}`}
            </text>
          </g>
        );
      })}
    </g>
  );
}

const subscript = (number: number): string => [...String(number)].map((digit) => String.fromCodePoint(0x2080 + Number(digit))).join('');

/** Lines that let one see how the sphere stands. */
function Meridians({ yaw, pitch }: { readonly yaw: number; readonly pitch: number }) {
  const line = (angles: (at: number) => Angles): string => {
    let isPen = false;
    let path = '';
    for (let at = 0; at <= 360; at += 5) {
      const [right, up, near] = seen(pointAt(angles(at)), { yaw, pitch });
      if (near >= 0) path += `${isPen ? 'L' : 'M'}${fixed(right * radius)} ${fixed(-up * radius)}`;
      isPen = near >= 0;
    }
    return path;
  };
  const parallels = [-60, -30, 0, 30, 60].map((elevation) => line((azimuth) => ({ azimuth, elevation })));
  const meridians = [0, 30, 60, 90, 120, 150].map((azimuth) => line((elevation) => ({ azimuth, elevation })));
  return <path class="meridians" {...hidden} d={[...parallels, ...meridians].join('')} />;
}
