//! Room for much, in large pages. A system that gives memory in pages of 4 KiB takes a fault for each; for the hundreds
//! of megabytes of a large graph that costs as much time as reading the opcodes does, and more on a virtual machine.

/// Bytes from which on large pages pay.
const LARGE: usize = 8 << 20;

/// An empty list with room for `items`, if that is much; else, and where reserving memory is using it, without room.
pub fn with_room<T>(items: usize) -> Vec<T> {
    let mut list = Vec::new();
    if cfg!(target_os = "linux")
        && items.saturating_mul(size_of::<T>()) >= LARGE
        && list.try_reserve_exact(items).is_ok()
    {
        in_large_pages(&list);
    }
    list
}

/// Asks the system to use large pages for all that `list` has room for, if that is much; what it grows by later has them
/// too.
fn in_large_pages<T>(list: &Vec<T>) {
    const PAGE: usize = 4096;
    let bytes = list.capacity().saturating_mul(size_of::<T>());
    if bytes >= LARGE {
        // Whole pages, outwards: memory that is in part of the one kind and in part of the other grows only by a copy.
        let start = list.as_ptr().cast::<u8>();
        let before = start.addr() % PAGE;
        kevy_madvise::advise_hugepage(start.wrapping_sub(before), (before + bytes).next_multiple_of(PAGE));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_there_before_and_after_growth() {
        let mut list: Vec<u64> = with_room(LARGE / 8);
        let room = list.capacity();
        list.extend(0..LARGE as u64 / 8);
        assert!(room == 0 || list.capacity() == room, "{room} {}", list.capacity());
        in_large_pages(&list);
        list.extend(0..LARGE as u64);
        assert!(list.iter().skip(LARGE / 8).copied().eq(0..LARGE as u64));
        assert_eq!(with_room::<u64>(1).capacity(), 0);
    }
}
