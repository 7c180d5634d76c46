export const bits = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
};

export const dtypes = Object.keys(bits);

const encode = (s) => new TextEncoder().encode(s);

export function fileOf(header, data) {
  const h = typeof header === 'string' ? encode(header) : header;
  const out = new Uint8Array(8 + h.length + data.length);
  new DataView(out.buffer).setBigUint64(0, BigInt(h.length), true);
  out.set(h, 8);
  out.set(data, 8 + h.length);
  return out;
}

/** Decodes one element by its definition. */
function small(code, e, m, kind) {
  const sign = (code >> (e + m)) & 1 ? -1 : 1,
    exp = (code >> m) & ((1 << e) - 1),
    man = code & ((1 << m) - 1);
  const fnuz = kind.endsWith('FNUZ');
  const bias = (1 << (e - 1)) - 1 + (fnuz ? 1 : 0);
  if (fnuz && sign < 0 && exp === 0 && man === 0) return NaN;
  if (kind === 'F8_E5M2' && exp === 31) return man === 0 ? sign * Infinity : NaN;
  if (kind === 'F8_E4M3' && exp === 15 && man === 7) return NaN;
  if (kind === 'F16' && exp === 31) return man === 0 ? sign * Infinity : NaN;
  if (exp === 0) return sign * man * 2 ** (1 - bias - m);
  return sign * (1 + man / 2 ** m) * 2 ** (exp - bias);
}

export function valuesOf(dtype, bytes, n) {
  const dv = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const out = [];
  for (let i = 0; i < n; i++)
    switch (dtype) {
      case 'BOOL':
      case 'U8':
        out.push(bytes[i]);
        break;
      case 'I8':
        out.push(dv.getInt8(i));
        break;
      case 'I16':
        out.push(dv.getInt16(2 * i, true));
        break;
      case 'U16':
        out.push(dv.getUint16(2 * i, true));
        break;
      case 'F16':
        out.push(small(dv.getUint16(2 * i, true), 5, 10, 'F16'));
        break;
      case 'BF16': {
        const b = new DataView(new ArrayBuffer(4));
        b.setUint16(2, dv.getUint16(2 * i, true), true);
        out.push(b.getFloat32(0, true));
        break;
      }
      case 'I32':
        out.push(dv.getInt32(4 * i, true));
        break;
      case 'U32':
        out.push(dv.getUint32(4 * i, true));
        break;
      case 'F32':
        out.push(dv.getFloat32(4 * i, true));
        break;
      case 'C64':
        out.push(dv.getFloat32(8 * i, true), dv.getFloat32(8 * i + 4, true));
        break;
      case 'F64':
        out.push(dv.getFloat64(8 * i, true));
        break;
      case 'I64':
        out.push(dv.getBigInt64(8 * i, true));
        break;
      case 'U64':
        out.push(dv.getBigUint64(8 * i, true));
        break;
      case 'F8_E5M2':
      case 'F8_E5M2FNUZ':
        out.push(small(bytes[i], 5, 2, dtype));
        break;
      case 'F8_E4M3':
      case 'F8_E4M3FNUZ':
        out.push(small(bytes[i], 4, 3, dtype));
        break;
      case 'F8_E8M0':
        out.push(bytes[i] === 255 ? NaN : 2 ** (bytes[i] - 127));
        break;
      default: {
        const w = bits[dtype];
        let code = 0;
        for (let k = 0; k < w; k++) {
          const at = i * w + k;
          code |= ((bytes[at >> 3] >> (at & 7)) & 1) << k;
        }
        out.push(dtype === 'F4' ? small(code, 2, 1, 'F4') : dtype === 'F6_E2M3' ? small(code, 2, 3, dtype) : small(code, 3, 2, dtype));
      }
    }
  return out;
}

export const same = (a, b) =>
  Object.is(a, b) || (a === b && a === 0) || (Number.isNaN(a) && Number.isNaN(b)) || (typeof a === 'number' && Math.fround(a) === b);
