import type { Table } from '../row.ts';
import { attentionLsh } from './attention-lsh.ts';
import { analysisTable, attentionSparse, maskTable } from './attention-sparse.ts';
import { authorsTable } from './authors.ts';
import { coreTensor, keyTable, layoutTable } from './core-tensor.ts';
import { gpuBackend } from './gpu-backend.ts';
import { hierarchicalTable } from './hierarchical.ts';
import { memoryXl } from './memory-xl.ts';
import { bertTable } from './models/bert.ts';
import { bigBirdTable } from './models/bigbird.ts';
import { distilbertTable } from './models/distilbert.ts';
import { documentsTable } from './models/documents.ts';
import { funnelTable } from './models/funnel.ts';
import { generationTable } from './models/generation.ts';
import { hatTable } from './models/hat.ts';
import { hourglassTable } from './models/hourglass.ts';
import { languageModelTable } from './models/language-model.ts';
import { ledTable } from './models/led.ts';
import { longformerTable } from './models/longformer.ts';
import { longT5Table } from './models/longt5.ts';
import { modernbertTable } from './models/modernbert.ts';
import { mpnetTable } from './models/mpnet.ts';
import { poolingTable } from './models/pooling.ts';
import { reformerTable } from './models/reformer.ts';
import { robertaTable } from './models/roberta.ts';
import { routingTransformerTable } from './models/routing-transformer.ts';
import { sparsifyTable } from './models/sparsify.ts';
import { swinTable, swinv2Table } from './models/swin.ts';
import { textTable } from './models/text.ts';
import { toLongTable } from './models/to-long.ts';
import { transformerXlTable } from './models/transformer-xl.ts';
import { universalSentenceEncoderTable } from './models/universal-sentence-encoder.ts';
import { workerTable } from './models/worker.ts';
import { xlmRobertaTable } from './models/xlm-roberta.ts';
import { modelsTable } from './models.ts';
import { reversible } from './reversible.ts';
import { tfjsLayers } from './tfjs-layers.ts';
import { training } from './training.ts';
import { wasmBackend } from './wasm-backend.ts';

const { layoutBytes = { unchecked: '' } } = layoutTable;

/** By public entry. */
export const tables: Readonly<Record<string, Table>> = {
  '@longspan/attention-lsh': attentionLsh,
  '@longspan/attention-sparse': attentionSparse,
  '@longspan/attention-sparse/analysis': { ...analysisTable, layoutBytes },
  '@longspan/attention-sparse/mask': maskTable,
  '@longspan/core-tensor': coreTensor,
  '@longspan/core-tensor/error': authorsTable.error,
  '@longspan/core-tensor/key': keyTable,
  '@longspan/core-tensor/kernel': authorsTable.kernel,
  '@longspan/core-tensor/layer': authorsTable.layer,
  '@longspan/core-tensor/layout': layoutTable,
  '@longspan/core-tensor/memo': authorsTable.memo,
  '@longspan/core-tensor/tfjs-layers': tfjsLayers,
  '@longspan/gpu-backend': gpuBackend,
  '@longspan/hierarchical': hierarchicalTable,
  '@longspan/memory-xl': memoryXl,
  '@longspan/models': modelsTable,
  '@longspan/models/bert': bertTable,
  '@longspan/models/bigbird': bigBirdTable,
  '@longspan/models/distilbert': distilbertTable,
  '@longspan/models/documents': documentsTable,
  '@longspan/models/funnel': funnelTable,
  '@longspan/models/generation': generationTable,
  '@longspan/models/hat': hatTable,
  '@longspan/models/hourglass': hourglassTable,
  '@longspan/models/language-model': languageModelTable,
  '@longspan/models/led': ledTable,
  '@longspan/models/longformer': longformerTable,
  '@longspan/models/longt5': longT5Table,
  '@longspan/models/modernbert': modernbertTable,
  '@longspan/models/mpnet': mpnetTable,
  '@longspan/models/pooling': poolingTable,
  '@longspan/models/reformer': reformerTable,
  '@longspan/models/roberta': robertaTable,
  '@longspan/models/routing-transformer': routingTransformerTable,
  '@longspan/models/sparsify': sparsifyTable,
  '@longspan/models/swin': swinTable,
  '@longspan/models/swinv2': swinv2Table,
  '@longspan/models/text': textTable,
  '@longspan/models/to-long': toLongTable,
  '@longspan/models/transformer-xl': transformerXlTable,
  '@longspan/models/worker': workerTable,
  '@longspan/models/universal-sentence-encoder': universalSentenceEncoderTable,
  '@longspan/models/xlm-roberta': xlmRobertaTable,
  '@longspan/reversible': reversible,
  '@longspan/training': training,
  '@longspan/wasm-backend': wasmBackend,
  '@longspan/wasm-backend/static': wasmBackend,
};
