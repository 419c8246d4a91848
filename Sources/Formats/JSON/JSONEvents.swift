internal import CYAJL

/// What a JSON text consists of, in order. Bytes are lent for the time of the call.
enum JSONEvent {
    case null
    case boolean(Bool)
    /// The digits as they are written.
    case number(UnsafeBufferPointer<UInt8>)
    /// Valid UTF-8, without quotes and escapes.
    case string(UnsafeBufferPointer<UInt8>)
    case key(UnsafeBufferPointer<UInt8>)
    case beginMap, endMap
    case beginList, endList
}

/// Takes the events of a text.
protocol JSONEventTaker: AnyObject {
    /// - Parameter end: offset just behind what the event is about.
    /// - Returns: whether to go on.
    func take(_ event: JSONEvent, endingAt end: Int) -> Bool
}

/// Reads JSON event by event with yajl; the only file that knows that library.
///
/// Nothing is kept and nothing nests on the stack, so depth and size are for the taker to limit.
struct JSONEvents {
    enum End {
        /// The text was read to its end.
        case whole
        /// The taker wanted no more.
        case stopped(at: Int)
        case malformed(reason: String, at: Int)
    }

    private let taker: any JSONEventTaker
    private let handle: yajl_handle

    /// Reads a text, whole or up to where it is wrong.
    static func read(_ bytes: UnsafeBufferPointer<UInt8>, into taker: any JSONEventTaker) -> End {
        // The parser wants its context before there is a parser.
        let box = Box()
        var callbacks = yajl_callbacks(
            yajl_null: { JSONEvents.tell($0, .null) },
            yajl_boolean: { JSONEvents.tell($0, .boolean($1 != 0)) },
            yajl_integer: nil,
            yajl_double: nil,
            yajl_number: { context, digits, count in
                UnsafeBufferPointer(start: digits, count: count).withMemoryRebound(to: UInt8.self) { JSONEvents.tell(context, .number($0)) }
            },
            yajl_string: { JSONEvents.tell($0, .string(UnsafeBufferPointer(start: $1, count: $2))) },
            yajl_start_map: { JSONEvents.tell($0, .beginMap) },
            yajl_map_key: { JSONEvents.tell($0, .key(UnsafeBufferPointer(start: $1, count: $2))) },
            yajl_end_map: { JSONEvents.tell($0, .endMap) },
            yajl_start_array: { JSONEvents.tell($0, .beginList) },
            yajl_end_array: { JSONEvents.tell($0, .endList) })
        guard let handle = yajl_alloc(&callbacks, nil, Unmanaged.passUnretained(box).toOpaque()) else {
            return .malformed(reason: "out of memory", at: 0)
        }
        defer { yajl_free(handle) }
        return withExtendedLifetime(box) {
            box.events = JSONEvents(taker: taker, handle: handle)
            defer { box.events = nil }
            return read(bytes, with: handle)
        }
    }

    private static func read(_ bytes: UnsafeBufferPointer<UInt8>, with handle: yajl_handle) -> End {
        var status = yajl_parse(handle, bytes.baseAddress, bytes.count)
        var place = Int(yajl_get_bytes_consumed(handle))
        if status == yajl_status_ok {
            place = bytes.count
            status = yajl_complete_parse(handle)
        }
        switch status {
        case yajl_status_ok: return .whole
        case yajl_status_client_canceled: return .stopped(at: min(place, bytes.count))
        default:
            var reason = "this is no JSON"
            if let message = yajl_get_error(handle, 0, bytes.baseAddress, bytes.count) {
                reason = String(cString: message).split(separator: "\n").joined(separator: " ").trimmed()
                yajl_free_error(handle, message)
            }
            return .malformed(reason: reason, at: min(place, bytes.count))
        }
    }

    private final class Box { var events: JSONEvents? }

    /// - Returns: 1 to go on, 0 to stop.
    private static func tell(_ context: UnsafeMutableRawPointer?, _ event: JSONEvent) -> CInt {
        // Safe: yajl hands back the box that `read` gave it, and only while `read` is on the stack.
        guard let context, let events = Unmanaged<Box>.fromOpaque(context).takeUnretainedValue().events else { return 0 }
        return events.taker.take(event, endingAt: Int(yajl_get_bytes_consumed(events.handle))) ? 1 : 0
    }
}

extension String {
    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.init(decoding: bytes, as: UTF8.self) }

    /// Without blanks and line ends at both ends.
    fileprivate func trimmed() -> String {
        var view = self[...]
        while let first = view.first, first.isWhitespace { view = view.dropFirst() }
        while let last = view.last, last.isWhitespace { view = view.dropLast() }
        return String(view)
    }
}
