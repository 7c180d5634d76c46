import type { Table } from '../../row.ts';
import { encoderTable } from './encoder.ts';

export const xlmRobertaTable: Table = encoderTable('xlmRoberta');
