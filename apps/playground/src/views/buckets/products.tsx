import { hueOfBucket, productsOf } from './colours.ts';
import type { Scene } from './scene.ts';
import type { Angles } from './vectors.ts';

/** [xR ; −xR] of the chosen vector, as bars; the longest one is its bucket. */
export function Products({
  scene,
  round,
  chosen,
  angles,
}: {
  readonly scene: Scene;
  readonly round: number;
  readonly chosen: number;
  readonly angles: Angles;
}) {
  const products = productsOf(scene.hashed.rotations, { ...scene, round }, angles);
  const most = Math.max(...products);
  return (
    <section class="products" aria-label={`Products of vector ${chosen}`}>
      <h3>[xR ; −xR] of vector {chosen}</h3>
      <ol>
        {products.map((product, bucket) => (
          <li
            key={bucket}
            class={product === most ? 'most' : ''}
            style={{
              ...hueOfBucket(scene.hashed.rotations, { ...scene, round }, bucket),
              '--share': String(Math.max(0, product) / most),
            }}
          >
            <span class="product-name">b{bucket}</span>
            <span class="product-bar" />
            <span class="product-value">{product.toFixed(2)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
