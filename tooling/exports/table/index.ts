import type { Table } from '../row.ts';
import { attentionLsh } from './attention-lsh.ts';
import { analysisTable, attentionSparse, maskTable } from './attention-sparse.ts';
import { authorsTable } from './authors.ts';
import { coreTensor, keyTable, layoutTable } from './core-tensor.ts';
import { gpuBackend } from './gpu-backend.ts';
import { hierarchicalTable } from './hierarchical.ts';
import { memoryXl } from './memory-xl.ts';
import { bertTable } from './models/bert.ts';
import { hourglassTable } from './models/hourglass.ts';
import { languageModelTable } from './models/language-model.ts';
import { reformerTable } from './models/reformer.ts';
import { routingTransformerTable } from './models/routing-transformer.ts';
import { transformerXlTable } from './models/transformer-xl.ts';
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
  '@longspan/models/hourglass': hourglassTable,
  '@longspan/models/language-model': languageModelTable,
  '@longspan/models/reformer': reformerTable,
  '@longspan/models/routing-transformer': routingTransformerTable,
  '@longspan/models/transformer-xl': transformerXlTable,
  '@longspan/models': modelsTable,
  '@longspan/models/bert': bertTable,
  '@longspan/reversible': reversible,
  '@longspan/training': training,
  '@longspan/wasm-backend': wasmBackend,
  '@longspan/wasm-backend/static': wasmBackend,
};
