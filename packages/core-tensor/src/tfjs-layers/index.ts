export { type LayersLayerConfig, type LayersLayerDefinition, toLayersLayer } from './to-layers-layer.ts';
