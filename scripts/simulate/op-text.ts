/** An operation as a line for people. */
import type { Op } from './types.ts';

export function opText(op: Op): string {
  switch (op.op) {
    case 'lose':
      return `packet ${op.nth} ${direction(op.way)} ${op.site} is lost, and the connection with it for ${op.ms} ms`;
    case 'delay':
      return `packet ${op.nth} ${direction(op.way)} ${op.site} comes ${op.ms} ms late, and others overtake it`;
    case 'duplicate':
      return `packet ${op.nth} ${direction(op.way)} ${op.site} comes again ${op.ms} ms later`;
    case 'partition':
      return `${op.sites.join(', ')} cannot reach the coordinator from ${op.fromMs} to ${op.untilMs} ms`;
    case 'crash':
      return `${op.who} is killed at step ${op.step}, the record in hand is ${op.keeps}; it starts again after ${op.downMs} ms`;
    case 'late':
      return `deadline ${op.nth} of the coordinator passes ${op.ms} ms late`;
    case 'absent':
      return `${op.site} is away from ${op.fromMs} ms ${op.untilMs === null ? 'on, for good' : `to ${op.untilMs} ms`}`;
    case 'fork':
      return `in round ${op.round} the coordinator goes on as two from ${op.phase} on${op.rewinds ? ', the second from its first attempt' : ''}: ${facesText(op.faces)}`;
    case 'coordinatorLies':
      return `the coordinator lies (${op.how}, ${op.salt}) in ${op.kinds.join(' and ')} ${op.nth} to ${op.to.join(', ')}`;
    case 'siteLies':
      return `${op.site} lies (${op.how}, ${op.salt}) in ${op.kind} ${op.nth}`;
  }
}

function direction(way: 'up' | 'down'): string {
  return way === 'up' ? 'from' : 'to';
}

function facesText(faces: Readonly<Record<string, string>>): string {
  return Object.entries(faces)
    .map(([site, face]) => `${site} sees ${face === 'both' ? 'both' : `the ${face}`}`)
    .join(', ');
}
