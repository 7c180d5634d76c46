/**
 * `threefry(key, counters)`: two words for each of two counters below 2³², in the order of the draw; Threefry-2x32 with 20 rounds, as in
 * core-tensor's key/threefry.ts.
 * @source Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3" §4.2
 */
export const threefry: string = `
fn turned(words: vec2u, left: u32) -> vec2u { return (words << vec2u(left)) | (words >> vec2u(32u - left)); }
fn threefry(key: vec2u, counters: vec2u) -> vec4u {
  let key2 = key.x ^ key.y ^ 0x1bd11bdau;
  var x = counters + key.x;
  var y = vec2u(key.y);
  ${rounds('key.y', 'key2', 13, 15, 26, 6, 1)}
  ${rounds('key2', 'key.x', 17, 29, 16, 24, 2)}
  ${rounds('key.x', 'key.y', 13, 15, 26, 6, 3)}
  ${rounds('key.y', 'key2', 17, 29, 16, 24, 4)}
  ${rounds('key2', 'key.x', 13, 15, 26, 6, 5)}
  return vec4u(x.x, y.x, x.y, y.y);
}`;

function rounds(ofX: string, ofY: string, first: number, second: number, third: number, fourth: number, nth: number): string {
  const turns = [first, second, third, fourth].map((left) => `x += y; y = turned(y, ${left}u) ^ x;`).join(' ');
  return `${turns} x += ${ofX}; y += ${ofY} + ${nth}u;`;
}
