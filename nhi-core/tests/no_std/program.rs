/*!
The proof that the core needs no operating system: a program without `std`, with its own allocator and panic
handler, that calls the engine and returns how many of its answers were wrong. Run by `cargo xtask test`.
*/
#![no_std]
#![no_main]

extern crate alloc;

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

use nhi_core::Pepper;

/// Room for everything that the run below allocates; nothing is given back before the end.
const HEAP: usize = 256 << 20;

#[repr(align(64))]
struct Bump {
    bytes: UnsafeCell<[u8; HEAP]>,
    used: AtomicUsize,
}

// SAFETY: a range of `bytes` is handed out once only, by the atomic `used`.
unsafe impl Sync for Bump {}

// SAFETY: the range returned lies in `bytes`, is aligned as asked for, and is not handed out again.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let base = self.bytes.get() as usize;
        let mut used = self.used.load(Ordering::Relaxed);
        loop {
            let start = (base + used).next_multiple_of(layout.align()) - base;
            let Some(end) = start.checked_add(layout.size()).filter(|end| *end <= HEAP) else {
                return ptr::null_mut();
            };
            match self.used.compare_exchange(used, end, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return (base + start) as *mut u8,
                Err(now) => used = now,
            }
        }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: Bump = Bump { bytes: UnsafeCell::new([0; HEAP]), used: AtomicUsize::new(0) };

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: `exit` of the C library ends the process; it takes any number.
    unsafe { exit(101) }
}

// The C library starts the program and ends it; nothing else of it is used here.
#[link(name = "c")]
unsafe extern "C" {
    fn exit(code: i32) -> !;
}

/// Named by the precompiled `core` and `alloc`; never called, since a panic ends the program.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// As above.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() {}

/// Returns how many answers were wrong, so 0 is success.
#[unsafe(no_mangle)]
extern "C" fn main(_: i32, _: *const *const u8) -> i32 {
    let answers = [fingerprints_join()];
    answers.iter().filter(|right| !**right).count() as i32
}

fn fingerprints_join() -> bool {
    let pepper = Pepper::new([7; 32]);
    pepper.matches(&pepper.fingerprint(b"one secret"), b"one secret")
        && pepper.fingerprint(b"one secret") != pepper.fingerprint(b"another")
}
