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
