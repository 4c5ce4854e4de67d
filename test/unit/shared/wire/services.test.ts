import assert from 'node:assert/strict';
import { enrolmentService, operatorService, siteService } from '#shared/wire/services';

const toBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes);

describe('the services over bytes', () => {
  it('keep the paths and the streams of the definitions', () => {
    const { session, upload, fetchAggregate, getPlan } = siteService(toBuffer);
    assert.equal(session.path, '/consilium.v1.SiteService/Session');
    assert.deepEqual(
      [session, upload, fetchAggregate, getPlan].map(({ requestStream, responseStream }) => [
        requestStream,
        responseStream,
      ]),
      [
        [true, true],
        [true, false],
        [false, true],
        [false, false],
      ],
    );
    assert.equal(enrolmentService(toBuffer).enrol.path, '/consilium.v1.EnrolmentService/Enrol');
    assert.equal(operatorService(toBuffer).showPlan.path, '/consilium.v1.OperatorService/ShowPlan');
  });

  it('leave the bytes as they are: what they mean is for the gate', () => {
    const { getPlan } = siteService(toBuffer);
    const bytes = Uint8Array.of(1, 2, 3);
    assert.deepEqual([...getPlan.requestDeserialize(getPlan.requestSerialize(bytes))], [1, 2, 3]);
    assert.deepEqual([...getPlan.responseDeserialize(getPlan.responseSerialize(bytes))], [1, 2, 3]);
  });
});
