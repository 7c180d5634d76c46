interface Frame {
  readonly left: number;
  readonly width: number;
  readonly height: number;
  /** From 0 to 1: the sun sinks and the boat sails. */
  readonly moment: number;
}

/** A small picture to lay patterns on: an evening at sea, drawn here, so that no file is needed. */
export function paintScenery(pen: CanvasRenderingContext2D, { left, width, height, moment }: Frame): void {
  pen.save();
  pen.beginPath();
  pen.rect(left, 0, width, height);
  pen.clip();
  const horizon = height * 0.62;
  const sky = pen.createLinearGradient(0, 0, 0, horizon);
  sky.addColorStop(0, '#34608f');
  sky.addColorStop(0.65, '#e8a15c');
  sky.addColorStop(1, '#f6d28b');
  pen.fillStyle = sky;
  pen.fillRect(left, 0, width, horizon);
  pen.fillStyle = '#fff2c6';
  pen.beginPath();
  pen.arc(left + width * 0.3, horizon * (0.55 + 0.4 * moment), Math.max(2, height * 0.09), 0, 2 * Math.PI);
  pen.fill();
  const sea = pen.createLinearGradient(0, horizon, 0, height);
  sea.addColorStop(0, '#c98a4f');
  sea.addColorStop(0.3, '#3d6f8f');
  sea.addColorStop(1, '#173a55');
  pen.fillStyle = sea;
  pen.fillRect(left, horizon, width, height - horizon);
  const [x, y, size] = [left + width * (0.5 + 0.35 * moment), horizon + height * 0.08, height * 0.16];
  pen.fillStyle = '#2a2320';
  pen.beginPath();
  pen.moveTo(x - size, y);
  pen.lineTo(x + size, y);
  pen.lineTo(x + size * 0.65, y + size * 0.4);
  pen.lineTo(x - size * 0.65, y + size * 0.4);
  pen.fill();
  pen.fillStyle = '#fbf4e4';
  pen.beginPath();
  pen.moveTo(x, y - size * 1.8);
  pen.lineTo(x + size * 0.85, y - size * 0.15);
  pen.lineTo(x, y - size * 0.15);
  pen.fill();
  pen.restore();
}
