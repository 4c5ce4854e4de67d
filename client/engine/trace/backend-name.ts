/** The name under which TensorFlow.js knows the backend that records. @module */

export const traceBackendName = 'consilium-trace';
