// The optimizers' loops as WebAssembly text. Compiled by optimizer.ts, which documents the formulas.
// A loop in JavaScript took 18.8 ms and the same update as an ONNX graph 15 ms for 2 M weights on one core (bench/train.md); text, so that it can be read.

/** m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2 for four floats: text instead of a function, because a call in the loop is not inlined. */
const MOMENTS = `      (local.set $grad (f32x4.mul (v128.load (local.get $g)) (f32x4.splat (local.get $scale))))
      (local.set $newM
        (f32x4.add
          (f32x4.mul (v128.load (local.get $m)) (f32x4.splat (local.get $beta1)))
          (f32x4.mul (local.get $grad) (f32x4.splat (f32.sub (f32.const 1) (local.get $beta1))))))
      (local.set $newV
        (f32x4.add
          (f32x4.mul (v128.load (local.get $v)) (f32x4.splat (local.get $beta2)))
          (f32x4.mul
            (f32x4.mul (local.get $grad) (local.get $grad))
            (f32x4.splat (f32.sub (f32.const 1) (local.get $beta2))))))
      (v128.store (local.get $m) (local.get $newM))
      (v128.store (local.get $v) (local.get $newV))
`

export const KERNELS = `
(module
  (memory (import "host" "memory") 0)
  ;; byte offsets of weights, gradients and moments; $end is where the weights end; every span has at least 16 bytes
  (func (export "adamw")
    (param $w i32) (param $g i32) (param $m i32) (param $v i32) (param $end i32)
    (param $scale f32) (param $beta1 f32) (param $beta2 f32) (param $stepSize f32) (param $epsilon f32) (param $kept f32)
    (local $grad v128) (local $newM v128) (local $newV v128)
    (loop $next
${MOMENTS}      ;; w <- (w - stepSize m / (sqrt(v) + epsilon)) kept
      (v128.store (local.get $w)
        (f32x4.mul
          (f32x4.sub
            (v128.load (local.get $w))
            (f32x4.div
              (f32x4.mul (local.get $newM) (f32x4.splat (local.get $stepSize)))
              (f32x4.add (f32x4.sqrt (local.get $newV)) (f32x4.splat (local.get $epsilon)))))
          (f32x4.splat (local.get $kept))))
      (local.set $g (i32.add (local.get $g) (i32.const 16)))
      (local.set $m (i32.add (local.get $m) (i32.const 16)))
      (local.set $v (i32.add (local.get $v) (i32.const 16)))
      (br_if $next (i32.lt_u (local.tee $w (i32.add (local.get $w) (i32.const 16))) (local.get $end)))))

  ;; adds the squares of four floats to two doubles
  (func $addSquares (param $sum v128) (param $x v128) (result v128)
    (local $low v128) (local $high v128)
    (local.set $low (f64x2.promote_low_f32x4 (local.get $x)))
    (local.set $high (f64x2.promote_low_f32x4 (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $x) (local.get $x))))
    (f64x2.add
      (local.get $sum)
      (f64x2.add (f64x2.mul (local.get $low) (local.get $low)) (f64x2.mul (local.get $high) (local.get $high)))))

  (func $total (param $sum v128) (result f64)
    (f64.add (f64x2.extract_lane 0 (local.get $sum)) (f64x2.extract_lane 1 (local.get $sum))))

  (func (export "squares") (param $from i32) (param $end i32) (result f64)
    (local $sum v128)
    (loop $next
      (local.set $sum (call $addSquares (local.get $sum) (v128.load (local.get $from))))
      (br_if $next (i32.lt_u (local.tee $from (i32.add (local.get $from) (i32.const 16))) (local.get $end))))
    (call $total (local.get $sum)))

  ;; m / (sqrt(v) + epsilon) + decay w
  (func $lambStep (param $w v128) (param $m v128) (param $v v128) (param $epsilon f32) (param $decay f32) (result v128)
    (f32x4.add
      (f32x4.div (local.get $m) (f32x4.add (f32x4.sqrt (local.get $v)) (f32x4.splat (local.get $epsilon))))
      (f32x4.mul (local.get $w) (f32x4.splat (local.get $decay)))))

  ;; moves the moments; answers with the sums of squares of the weights and of their steps
  (func (export "lambMoments")
    (param $w i32) (param $g i32) (param $m i32) (param $v i32) (param $end i32)
    (param $scale f32) (param $beta1 f32) (param $beta2 f32) (param $epsilon f32) (param $decay f32)
    (result f64 f64)
    (local $grad v128) (local $newM v128) (local $newV v128) (local $weight v128) (local $weights v128) (local $steps v128)
    (loop $next
${MOMENTS}      (local.set $weight (v128.load (local.get $w)))
      (local.set $weights (call $addSquares (local.get $weights) (local.get $weight)))
      (local.set $steps
        (call $addSquares
          (local.get $steps)
          (call $lambStep (local.get $weight) (local.get $newM) (local.get $newV) (local.get $epsilon) (local.get $decay))))
      (local.set $g (i32.add (local.get $g) (i32.const 16)))
      (local.set $m (i32.add (local.get $m) (i32.const 16)))
      (local.set $v (i32.add (local.get $v) (i32.const 16)))
      (br_if $next (i32.lt_u (local.tee $w (i32.add (local.get $w) (i32.const 16))) (local.get $end))))
    (call $total (local.get $weights))
    (call $total (local.get $steps)))

  (func (export "lambApply")
    (param $w i32) (param $m i32) (param $v i32) (param $end i32) (param $epsilon f32) (param $decay f32) (param $stepSize f32)
    (loop $next
      (v128.store (local.get $w)
        (f32x4.sub
          (v128.load (local.get $w))
          (f32x4.mul
            (call $lambStep
              (v128.load (local.get $w)) (v128.load (local.get $m)) (v128.load (local.get $v)) (local.get $epsilon) (local.get $decay))
            (f32x4.splat (local.get $stepSize)))))
      (local.set $m (i32.add (local.get $m) (i32.const 16)))
      (local.set $v (i32.add (local.get $v) (i32.const 16)))
      (br_if $next (i32.lt_u (local.tee $w (i32.add (local.get $w) (i32.const 16))) (local.get $end))))))
`
