def test_doctor_tells_of_engines_cache_and_models(mixassist):
    facts = mixassist("doctor", "--json").json
    assert {"openvino", "onnxruntime", "torch"} <= set(facts["engines"])
    assert facts["machine"]["cores"] >= 1
    assert "folder" in facts["cache"]
    assert "htdemucs" in facts["models"]


def test_doctor_names_what_to_install(mixassist, monkeypatch):
    monkeypatch.setattr("mixassist.runtime.engines.find_spec", lambda package: None)
    assert "pip install openvino" in mixassist("doctor").out
