/** How a tensor of rows is read, or written, a vec4 at a time: by one access where the width is a multiple of 4, else number by number. */
export interface Rows {
  /** The type of its binding. */
  readonly type: 'array<vec4f>' | 'array<f32>';
  readonly code: string;
}

/** A function `NAMEAt(row, vector)`; zeros after the end of a row. `width`: the uniform that holds it; `start`: the item at which the rows begin, 0 by default. */
export function readRows(name: string, width: string, isAligned: boolean, start?: string): Rows {
  if (isAligned) {
    return {
      type: 'array<vec4f>',
      code: `fn ${name}At(row: u32, vector: u32) -> vec4f { return ${name}[${from(start)}row * (${width} / 4u) + vector]; }`,
    };
  }
  return {
    type: 'array<f32>',
    // Without branches: what lies after the end of the buffer is clamped by WGSL's own rules, and masked here.
    code: `fn ${name}At(row: u32, vector: u32) -> vec4f {
  let at = ${from(start)}row * ${width} + 4u * vector;
  let isThere = vec4u(4u * vector) + vec4u(0u, 1u, 2u, 3u) < vec4u(${width});
  return select(vec4f(), vec4f(${name}[at], ${name}[at + 1u], ${name}[at + 2u], ${name}[at + 3u]), isThere);
}`,
  };
}

/** A procedure `NAMEWrite(row, vector, numbers)`. */
export function writeRows(name: string, width: string, isAligned: boolean, start?: string): Rows {
  if (isAligned) {
    return {
      type: 'array<vec4f>',
      code: `fn ${name}Write(row: u32, vector: u32, numbers: vec4f) { ${name}[${from(start)}row * (${width} / 4u) + vector] = numbers; }`,
    };
  }
  return {
    type: 'array<f32>',
    code: `fn ${name}Write(row: u32, vector: u32, numbers: vec4f) {
  let at = ${from(start)}row * ${width} + 4u * vector;
  let left = ${width} - 4u * vector;
  ${name}[at] = numbers.x;
  if (left > 1u) { ${name}[at + 1u] = numbers.y; }
  if (left > 2u) { ${name}[at + 2u] = numbers.z; }
  if (left > 3u) { ${name}[at + 3u] = numbers.w; }
}`,
  };
}

const from = (start: string | undefined): string => (start === undefined ? '' : `${start} + `);
