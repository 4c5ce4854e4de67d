/** How much a peer may ask of this server at once. */

/** One message, in bytes: a chunk of at most 2 MiB and room for its frame, or what is routed to a site of a large cohort. */
export const maxMessageBytes = 8 << 20;
/** What a peer may send before it is read while it uploads, in bytes. At 50 ms this is 20 MB/s. */
export const uploadWindow = 1 << 20;
/** The same while it does not: what waits for its turn is in memory, of every site. */
export const idleWindow = 16 << 10;
/** Messages of one session; an honest site needs some ten a round. */
export const maxSessionMessages = 100_000;
/** Messages that wait for a site that does not read them; more, and its session ends. */
export const maxUnreadMessages = 64;
/** Uploads that are received at the same time, and aggregates that are sent: memory does not grow with the sites. */
export const bulkStreams = 4;
/** Bytes of an aggregate in one message. */
export const aggregatePieceBytes = 256 << 10;
/** How long a bulk stream may go on while others wait for its turn; it goes on later with the rest. */
export const bulkTurnMs = 120_000;
/** A bulk stream that says nothing for so long gives up its turn. */
export const idleMs = 60_000;
/** Calls on one connection at the same time; an honest site makes three. */
export const maxCallsOfConnection = 32;
/** How often a silent connection is asked whether it is alive, and how long it may take to answer. */
export const keepaliveMs = 20_000;
export const keepaliveTimeoutMs = 10_000;
/** How long a large message of a session keeps its turn while the site does not read it. */
export const sendTurnMs = 10_000;
