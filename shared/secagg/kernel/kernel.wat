;; The arithmetic on whole blocks of the vector: masks, packing, rounding. A block is at most 16,384 words; every loop runs
;; in steps of 1, 2, 4 or 16 words and may compute a few beyond the count, which nobody reads. `kernel.ts` says what each
;; function does, `plain-kernel.ts` is the same in JavaScript, and `npm run kernel` turns this file into
;; `kernel-bytes.ts`. The module has fewer than 4 KB: that is what a browser compiles without waiting.
(module
  ;; From 0: words (32 bits). From 65,536: stream (32 bits) or packed bytes. From 131,072: values (float64). From 262,144:
  ;; draws (float64).
  (memory (export "memory") 6)

  ;; words += stream modulo 2^32
  (func (export "add") (param $count i32)
    (local $at i32) (local $end i32)
    (local.set $end (i32.shl (local.get $count) (i32.const 2)))
    (loop $next
      (v128.store (local.get $at)
        (i32x4.add (v128.load (local.get $at)) (v128.load offset=65536 (local.get $at))))
      (v128.store offset=16 (local.get $at)
        (i32x4.add (v128.load offset=16 (local.get $at)) (v128.load offset=65552 (local.get $at))))
      (v128.store offset=32 (local.get $at)
        (i32x4.add (v128.load offset=32 (local.get $at)) (v128.load offset=65568 (local.get $at))))
      (v128.store offset=48 (local.get $at)
        (i32x4.add (v128.load offset=48 (local.get $at)) (v128.load offset=65584 (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 64)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end)))))

  ;; words -= stream modulo 2^32
  (func (export "subtract") (param $count i32)
    (local $at i32) (local $end i32)
    (local.set $end (i32.shl (local.get $count) (i32.const 2)))
    (loop $next
      (v128.store (local.get $at)
        (i32x4.sub (v128.load (local.get $at)) (v128.load offset=65536 (local.get $at))))
      (v128.store offset=16 (local.get $at)
        (i32x4.sub (v128.load offset=16 (local.get $at)) (v128.load offset=65552 (local.get $at))))
      (v128.store offset=32 (local.get $at)
        (i32x4.sub (v128.load offset=32 (local.get $at)) (v128.load offset=65568 (local.get $at))))
      (v128.store offset=48 (local.get $at)
        (i32x4.sub (v128.load offset=48 (local.get $at)) (v128.load offset=65584 (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 64)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end)))))

  ;; packed = the low bits of each word, one after the other, written in whole steps of 4 bytes
  (func (export "pack") (param $count i32) (param $bits i32)
    (local $at i32) (local $end i32) (local $to i32) (local $held i64) (local $filled i64) (local $width i64) (local $low i64)
    (local.set $end (i32.shl (local.get $count) (i32.const 2)))
    (local.set $width (i64.extend_i32_u (local.get $bits)))
    (local.set $low (i64.sub (i64.shl (i64.const 1) (local.get $width)) (i64.const 1)))
    (loop $next
      (local.set $held
        (i64.or (local.get $held)
          (i64.shl (i64.and (i64.load32_u (local.get $at)) (local.get $low)) (local.get $filled))))
      (local.set $filled (i64.add (local.get $filled) (local.get $width)))
      (i64.store32 offset=65536 (local.get $to) (local.get $held))
      (if (i64.ge_u (local.get $filled) (i64.const 32))
        (then
          (local.set $to (i32.add (local.get $to) (i32.const 4)))
          (local.set $held (i64.shr_u (local.get $held) (i64.const 32)))
          (local.set $filled (i64.sub (local.get $filled) (i64.const 32)))))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
    (i64.store32 offset=65536 (local.get $to) (local.get $held)))

  ;; words += the packed words; each lies within the 8 bytes from the byte of its first bit
  (func (export "addPacked") (param $count i32) (param $bits i32)
    (local $at i32) (local $end i32) (local $bit i32) (local $low i64)
    (local.set $end (i32.shl (local.get $count) (i32.const 2)))
    (local.set $low (i64.sub (i64.shl (i64.const 1) (i64.extend_i32_u (local.get $bits))) (i64.const 1)))
    (loop $next
      (i32.store (local.get $at)
        (i32.add
          (i32.load (local.get $at))
          (i32.wrap_i64
            (i64.and
              (i64.shr_u
                (i64.load offset=65536 align=1 (i32.shr_u (local.get $bit) (i32.const 3)))
                (i64.extend_i32_u (i32.and (local.get $bit) (i32.const 7))))
              (local.get $low)))))
      (local.set $bit (i32.add (local.get $bit) (local.get $bits)))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end)))))

  ;; two fields: floor((hold(value * clip) * weight + range) / step + draw), at most top; `at` counts bytes of float64
  (func $fields
    (param $at i32) (param $clip v128) (param $low v128) (param $range v128) (param $weight v128) (param $step v128)
    (param $top v128) (result v128)
    (i32x4.trunc_sat_f64x2_u_zero
      (f64x2.pmin
        (f64x2.add
          (f64x2.div
            (f64x2.add
              (f64x2.mul
                (f64x2.pmin
                  (f64x2.pmax
                    (f64x2.mul (v128.load offset=131072 (local.get $at)) (local.get $clip))
                    (local.get $low))
                  (local.get $range))
                (local.get $weight))
              (local.get $range))
            (local.get $step))
          (v128.load offset=262144 (local.get $at)))
        (local.get $top))))

  ;; words = the fields of the values
  (func (export "quantize")
    (param $count i32) (param $clip f64) (param $range f64) (param $weight f64) (param $step f64) (param $top f64)
    (local $at i32) (local $end i32) (local $clips v128) (local $lows v128) (local $ranges v128) (local $weights v128)
    (local $steps v128) (local $tops v128)
    (local.set $end (i32.shl (local.get $count) (i32.const 3)))
    (local.set $clips (f64x2.splat (local.get $clip)))
    (local.set $lows (f64x2.splat (f64.neg (local.get $range))))
    (local.set $ranges (f64x2.splat (local.get $range)))
    (local.set $weights (f64x2.splat (local.get $weight)))
    (local.set $steps (f64x2.splat (local.get $step)))
    (local.set $tops (f64x2.splat (local.get $top)))
    (loop $next
      (v128.store (i32.shr_u (local.get $at) (i32.const 1))
        (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
          (call $fields (local.get $at) (local.get $clips) (local.get $lows) (local.get $ranges)
            (local.get $weights) (local.get $steps) (local.get $tops))
          (call $fields (i32.add (local.get $at) (i32.const 16)) (local.get $clips) (local.get $lows)
            (local.get $ranges) (local.get $weights) (local.get $steps) (local.get $tops))))
      (local.set $at (i32.add (local.get $at) (i32.const 32)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end)))))

  ;; values = (words - margins) * step - offset; draws = values * numerator / denominator
  (func (export "dequantize")
    (param $count i32) (param $margins f64) (param $step f64) (param $offset f64) (param $numerator f64)
    (param $denominator f64)
    (local $at i32) (local $to i32) (local $end i32) (local $real v128)
    (local.set $end (i32.shl (local.get $count) (i32.const 2)))
    (loop $next
      (local.set $to (i32.shl (local.get $at) (i32.const 1)))
      (local.set $real
        (f64x2.sub
          (f64x2.mul
            (f64x2.sub
              (f64x2.convert_low_i32x4_u (v128.load64_zero (local.get $at)))
              (f64x2.splat (local.get $margins)))
            (f64x2.splat (local.get $step)))
          (f64x2.splat (local.get $offset))))
      (v128.store offset=131072 (local.get $to) (local.get $real))
      (v128.store offset=262144 (local.get $to)
        (f64x2.div
          (f64x2.mul (local.get $real) (f64x2.splat (local.get $numerator)))
          (f64x2.splat (local.get $denominator))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))))
