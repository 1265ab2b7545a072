"use strict";

/** Stands for the `events` of Node where the engine is bundled without Node. */
module.exports = function EventEmitter() {};
