import type { Table } from '../../row.ts';
import { encoderTable } from './encoder.ts';

export const robertaTable: Table = encoderTable('roberta');
