import StrictJSON
import Testing

@Suite struct Objects {
    @Test func membersKeepTheirOrder() throws {
        let value = try JSONValue(parsing: #"{"z":1,"a":2,"m":3}"#)
        #expect(value.objectValue?.keys == ["z", "a", "m"])
    }

    @Test func settingAddsReplacesAndRemoves() {
        var object: JSONObject = ["a": 1, "b": 2, "c": 3]
        object["b"] = "two"
        object["d"] = 4
        object["a"] = nil
        object["absent"] = nil
        #expect(object == ["b": "two", "c": 3, "d": 4])
        #expect(object["c"] == 3)
        #expect(object["a"] == nil)
    }

    /// Few members are looked through, many have a table: the same answers on both sides of the change.
    @Test(arguments: [7, 8, 9, 10, 100])
    func manyMembersAreFound(count: Int) throws {
        let members = (0..<count).map { (key: "k\($0)", value: JSONValue.integer(Int64($0))) }
        var added = JSONObject()
        for member in members { added[member.key] = member.value }
        let text = JSONValue.object(added).encoded()
        #expect(try JSONValue(parsing: text) == .object(JSONObject(members)))
        #expect(members.allSatisfy { added[$0.key] == $0.value })
        #expect(added["k"] == nil)
        added["k0"] = nil
        added["k0"] = "again"
        #expect(added.count == count)
        #expect(added[count - 1].key == "k0")
        let repeated = String(text.dropLast()) + #","k3":0}"#
        #expect(throws: JSONError.duplicateKey(offset: text.utf8.count, key: "k3")) { try JSONValue(parsing: repeated) }
    }

    @Test func accessorsGiveNilForAnotherKind() {
        let value: JSONValue = ["int": 3, "float": 3.0, "text": "3", "list": [3], "flag": true, "none": nil]
        #expect(value["int"]?.intValue == 3)
        #expect(value["int"]?.doubleValue == 3)
        #expect(value["float"]?.intValue == nil)
        #expect(value["float"]?.doubleValue == 3)
        #expect(value["text"]?.intValue == nil)
        #expect(value["text"]?.stringValue == "3")
        #expect(value["list"]?.arrayValue == [3])
        #expect(value["list"]?.objectValue == nil)
        #expect(value["flag"]?.boolValue == true)
        #expect(value["flag"]?.intValue == nil)
        #expect(value["none"]?.isNull == true)
        #expect(value["absent"] == nil)
        #expect(value["int"]?["deeper"] == nil)
    }
}
