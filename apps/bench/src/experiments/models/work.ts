import type { Reporter } from '../../process/work.ts';
import type { ModelsFigures, ModelsInput } from './input.ts';

/** Each work loads what it needs alone. */
export async function runModels(input: ModelsInput, reporter: Reporter): Promise<ModelsFigures> {
  switch (input.kind) {
    case 'preparing':
      return (await import('./preparing-work.ts')).prepare(input, reporter);
    case 'longformer':
      return (await import('./longformer-work.ts')).measureLongformer(input, reporter);
    case 'book':
      return (await import('./book-work.ts')).measureBook(input, reporter);
    case 'encoder':
      return input.where === 'Node'
        ? (await import('./encoder-node-work.ts')).measureEncoderInNode(input, reporter)
        : (await import('./encoder-page-work.ts')).measureEncoderInPage(input, reporter);
    case 'products':
      return (await import('./products-work.ts')).measureProducts(input, reporter);
    case 'reading':
      return (await import('./reading-work.ts')).measureReading(input, reporter);
  }
}
