import type { Table } from '../../row.ts';
import { encoderTable } from './encoder.ts';

export const mpnetTable: Table = encoderTable('mpnet', { types: false });
